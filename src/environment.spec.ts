import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnvironment } from './environment.js';

const SECRET = 'a-secret-of-at-least-thirty-two-characters';
const TENANT = {
  AUTH0_DOMAIN: 'example.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret',
  AUTH0_SECRET: SECRET,
};
const API = {
  AUTH0_API_AUDIENCE: 'https://api.example.com',
  AUTH0_API_CLIENT_ID: 'api-client',
  AUTH0_API_CLIENT_SECRET: 'api-client-secret',
};

describe('the environment', () => {
  it('needs nothing: the local tenant, a SQLite file and port 3000 are the default', () => {
    expect(readEnvironment({})).toEqual({
      port: 3000,
      appBaseUrl: 'http://localhost:3000',
      databaseUrl: 'sqlite:data/app.sqlite',
      httpAdapter: 'express',
      authorizationParams: {},
      auth0: undefined,
    });
  });

  it('names a model for the agent, where there is a key to it', () => {
    const AGENT_MODEL = 'anthropic/claude-sonnet-4.5';
    expect(readEnvironment({ AGENT_MODEL, AI_GATEWAY_API_KEY: 'key' }).agentModel).toBe(AGENT_MODEL);
    expect(() => readEnvironment({ AGENT_MODEL })).toThrow('AI_GATEWAY_API_KEY must be given too');
  });

  it('counts an empty variable as none', () => {
    expect(readEnvironment({ PORT: '', AUTH0_DOMAIN: ' ' })).toMatchObject({ port: 3000, auth0: undefined });
  });

  it('puts the app at the port that is given', () => {
    expect(readEnvironment({ PORT: '3111' }).appBaseUrl).toBe('http://localhost:3111');
  });

  it('reads a tenant, with what a login asks for', () => {
    const environment = readEnvironment({
      ...TENANT,
      AUTH0_AUDIENCE: 'https://api.example.com',
      AUTH0_SCOPE: 'openid offline_access',
    });

    expect(environment.auth0).toEqual({
      domain: 'example.eu.auth0.com',
      clientId: 'client',
      clientSecret: 'client-secret',
      secrets: [SECRET],
    });
    expect(environment.authorizationParams).toEqual({
      audience: 'https://api.example.com',
      scope: 'openid offline_access',
    });
  });

  it('reads a list of secrets, the sealing one first', () => {
    const { auth0 } = readEnvironment({ ...TENANT, AUTH0_SECRET: `${SECRET}-new, ${SECRET}-old` });

    expect(auth0?.secrets).toEqual([`${SECRET}-new`, `${SECRET}-old`]);
  });

  it('keeps http for a tenant on this machine, and only there', () => {
    expect(readEnvironment({ ...TENANT, AUTH0_DOMAIN: 'http://localhost:4477' }).auth0?.domain).toBe(
      'http://localhost:4477',
    );
    expect(() => readEnvironment({ ...TENANT, AUTH0_DOMAIN: 'http://example.com' })).toThrow('AUTH0_DOMAIN');
  });

  it('takes a tenant written as an https URL', () => {
    expect(readEnvironment({ ...TENANT, AUTH0_DOMAIN: 'https://login.example.com/' }).auth0?.domain).toBe(
      'login.example.com',
    );
  });

  it('says what is missing of a tenant', () => {
    expect(() => readEnvironment({ AUTH0_DOMAIN: 'example.eu.auth0.com' })).toThrow(
      'AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, AUTH0_SECRET must be given too',
    );
    expect(() => readEnvironment({ AUTH0_CLIENT_ID: 'client' })).toThrow('AUTH0_DOMAIN');
  });

  it('reads an API of the tenant, with the client that is linked to it', () => {
    expect(readEnvironment({ ...TENANT, ...API }).auth0?.api).toEqual({
      audience: 'https://api.example.com',
      clientId: 'api-client',
      clientSecret: 'api-client-secret',
    });
    expect(readEnvironment(TENANT).auth0?.api).toBeUndefined();
  });

  it('says what is missing of an API', () => {
    expect(problemsOf({ ...TENANT, AUTH0_API_AUDIENCE: 'https://api.example.com' })).toEqual([
      expect.stringContaining('AUTH0_API_CLIENT_ID, AUTH0_API_CLIENT_SECRET must be given too'),
    ]);
    expect(problemsOf({ ...TENANT, ...API, AUTH0_API_AUDIENCE: '' })).toEqual([
      expect.stringContaining('AUTH0_API_AUDIENCE must be given too'),
    ]);
  });

  it('refuses an API that the application itself would be', () => {
    expect(problemsOf({ ...TENANT, ...API, AUTH0_API_AUDIENCE: 'client', AUTH0_API_CLIENT_ID: 'client' })).toEqual([
      expect.stringContaining('AUTH0_API_AUDIENCE must be the identifier of an API'),
      expect.stringContaining('AUTH0_API_CLIENT_ID must be the client linked to the API'),
    ]);
  });

  it('refuses an API without a tenant: the local one has its own', () => {
    expect(problemsOf(API)).toEqual([expect.stringContaining('AUTH0_API_AUDIENCE')]);
  });

  it('starts the local tenant where only a secret is given', () => {
    expect(readEnvironment({ AUTH0_SECRET: SECRET }).auth0).toBeUndefined();
  });

  it.each(['http://app.example.com', 'https://app.example.com/path', 'app.example.com', 'ftp://localhost'])(
    'refuses %s as the base of the app',
    (url) => {
      expect(() => readEnvironment({ APP_BASE_URL: url })).toThrow('APP_BASE_URL');
    },
  );

  it.each(['0', '65536', '80x', '-1', '3.5'])('refuses %s as a port', (port) => {
    expect(() => readEnvironment({ PORT: port })).toThrow('PORT');
  });

  it('lists every problem at once', () => {
    const variables = {
      ...TENANT,
      PORT: 'http',
      APP_BASE_URL: 'nowhere',
      DATABASE_URL: 'oracle://localhost',
      HTTP_ADAPTER: 'koa',
      AUTH0_SECRET: 'short',
      AUTH0_API_AUDIENCE: 'https://api.example.com',
    };

    const names = problemsOf(variables).map((problem) => problem.split(' ')[0]);

    expect(names).toEqual([
      'PORT',
      'APP_BASE_URL',
      'DATABASE_URL',
      'HTTP_ADAPTER',
      'AUTH0_SECRET',
      'AUTH0_API_CLIENT_ID,',
    ]);
  });
});

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    readEnvironment(variables);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  return [];
}
