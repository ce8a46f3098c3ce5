import { databaseOptions } from './database.js';

const LEAST_SECRET_LENGTH = 32;
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What the app has to know of an Auth0 tenant. */
export interface Auth0Environment {
  /** `example.eu.auth0.com`, or `http://localhost:4477` for a local tenant. */
  domain: string;
  clientId: string;
  clientSecret: string;
  /** Seals what is stored: the first seals, all open. */
  secrets: string[];
  /** Left out: the app is no API. */
  api?: ApiEnvironment;
}

/** The app as an API of the tenant, with a client of its own that is linked to it. */
export interface ApiEnvironment {
  /** The API's identifier in Auth0. */
  audience: string;
  clientId: string;
  clientSecret: string;
}

/** The environment variables, read and checked. */
export interface Environment {
  port: number;
  /** Where people reach the app, an origin without a path. */
  appBaseUrl: string;
  databaseUrl: string;
  httpAdapter: 'express' | 'fastify';
  /** What a login asks for, where it is not the library's default. */
  authorizationParams: { audience?: string; scope?: string };
  /** The agent's model by its name at Vercel's AI Gateway, which `AI_GATEWAY_API_KEY` opens. Left out: a scripted one. */
  agentModel?: string;
  /** Left out: the local tenant starts inside. */
  auth0?: Auth0Environment;
}

/** An environment with a tenant, be it a real or the local one: what the app is made from. */
export interface AppEnvironment extends Environment {
  auth0: Auth0Environment;
}

/** The environment cannot be used; the message lists every problem. */
export class EnvironmentError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

/** @throws EnvironmentError */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const problems: string[] = [];
  const value = (name: string): string | undefined => variables[name]?.trim() || undefined;

  const port = readPort(value('PORT') ?? '3000', problems);
  const environment: Environment = {
    port,
    appBaseUrl: readAppBaseUrl(value('APP_BASE_URL') ?? `http://localhost:${port}`, problems),
    databaseUrl: readDatabaseUrl(value('DATABASE_URL'), problems),
    httpAdapter: readHttpAdapter(value('HTTP_ADAPTER') ?? 'express', problems),
    authorizationParams: { audience: value('AUTH0_AUDIENCE'), scope: value('AUTH0_SCOPE') },
    agentModel: readAgentModel(value, problems),
    auth0: readAuth0(value, problems),
  };
  if (problems.length > 0) throw new EnvironmentError(problems);
  return environment;
}

/** Whether this is the domain of a tenant on this machine: only such a one is reached over http. */
export function isLocalTenant(domain: string): boolean {
  return domain.startsWith('http://');
}

function readPort(text: string, problems: string[]): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  problems.push('PORT must be a whole number from 1 to 65535');
  return 3000;
}

function readAppBaseUrl(text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url && url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (url && isOrigin && isSafeOrigin(url)) return url.origin;
  problems.push('APP_BASE_URL must be an origin such as "https://app.example.com"; http: only on localhost');
  return '';
}

function readDatabaseUrl(text: string | undefined, problems: string[]): string {
  const url = text ?? 'sqlite:data/app.sqlite';
  try {
    databaseOptions(url);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return url;
}

function readHttpAdapter(text: string, problems: string[]): Environment['httpAdapter'] {
  if (text === 'express' || text === 'fastify') return text;
  problems.push('HTTP_ADAPTER must be "express" or "fastify"');
  return 'express';
}

function readAgentModel(value: ReadValue, problems: string[]): string | undefined {
  const name = value('AGENT_MODEL');
  if (name !== undefined && value('AI_GATEWAY_API_KEY') === undefined) {
    problems.push('AI_GATEWAY_API_KEY must be given too: AGENT_MODEL names a model at the AI Gateway');
  }
  return name;
}

type ReadValue = (name: string) => string | undefined;

const CLIENT = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'];
const API = ['AUTH0_API_AUDIENCE', 'AUTH0_API_CLIENT_ID', 'AUTH0_API_CLIENT_SECRET'];

function readAuth0(value: ReadValue, problems: string[]): Auth0Environment | undefined {
  // A secret alone asks for no tenant: the local one starts, with a secret of its own.
  if (CLIENT.every((name) => value(name) === undefined)) {
    const api = API.filter((name) => value(name) !== undefined);
    if (api.length > 0) problems.push(`${api.join(', ')} must be left out: the local tenant has an API of its own`);
    return undefined;
  }
  const missing = [...CLIENT, 'AUTH0_SECRET'].filter((name) => value(name) === undefined);
  if (missing.length > 0) {
    problems.push(`${missing.join(', ')} must be given too (or none of ${CLIENT.join(', ')}, for the local tenant)`);
  }
  return {
    domain: readDomain(value('AUTH0_DOMAIN'), problems),
    clientId: value('AUTH0_CLIENT_ID') ?? '',
    clientSecret: value('AUTH0_CLIENT_SECRET') ?? '',
    secrets: readSecrets(value('AUTH0_SECRET'), problems),
    api: readApi(value, problems),
  };
}

function readApi(value: ReadValue, problems: string[]): ApiEnvironment | undefined {
  const missing = API.filter((name) => value(name) === undefined);
  if (missing.length === API.length) return undefined;
  if (missing.length > 0) problems.push(`${missing.join(', ')} must be given too (or none of ${API.join(', ')})`);
  const [audience = '', clientId = '', clientSecret = ''] = API.map(value);
  const login = value('AUTH0_CLIENT_ID');
  if (login !== undefined && audience === login) {
    problems.push('AUTH0_API_AUDIENCE must be the identifier of an API, such as "https://api.example.com"');
  }
  if (login !== undefined && clientId === login) {
    problems.push('AUTH0_API_CLIENT_ID must be the client linked to the API, not the application people log in to');
  }
  return { audience, clientId, clientSecret };
}

function readDomain(text: string | undefined, problems: string[]): string {
  if (text === undefined) return '';
  const full = text.includes('://') ? text : `https://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url && url.pathname === '/' && !url.search && !url.hash && !url.username && isSafeOrigin(url)) {
    return url.protocol === 'https:' ? url.host : url.origin;
  }
  problems.push('AUTH0_DOMAIN must be a host name such as "example.eu.auth0.com"; http:// only on localhost');
  return '';
}

function readSecrets(text: string | undefined, problems: string[]): string[] {
  if (text === undefined) return [];
  const secrets = text.split(',').map((secret) => secret.trim());
  if (secrets.some((secret) => secret.length < LEAST_SECRET_LENGTH)) {
    problems.push(`AUTH0_SECRET must hold secrets of at least ${LEAST_SECRET_LENGTH} characters: openssl rand -hex 32`);
  }
  return secrets;
}

function isSafeOrigin({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK_HOSTS.has(hostname));
}
