import { resolveClientAuth, type ClientAuth } from './client-auth.js';
import type { NamedPrivateKey, PrivateKey } from './client-signing-keys.js';

const DPOP_POLICIES = ['allowed', 'required', 'disabled'] as const;

/**
 * What an API does with access tokens that are bound to a key (DPoP): take both kinds, only bound ones, or none bound.
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-7
 */
export type DpopPolicy = (typeof DPOP_POLICIES)[number];

/**
 * The API's own client at Auth0: Applications > Create, of the kind that Auth0 links to the API for Token Vault. It
 * exchanges its callers' access tokens, and is never the application that people log in to.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
export interface ApiClientOptions {
  /** Its id at Auth0. */
  clientId: string;
  /** Either this or `privateKey`. */
  clientSecret?: string;
  /** For `private_key_jwt`: PEM, a JWK or a `CryptoKey`. Of a list, for rotation, the first signs. */
  privateKey?: PrivateKey | NamedPrivateKey | readonly (PrivateKey | NamedPrivateKey)[];
  /** `kid`: the id that Auth0 shows for the public key. */
  keyId?: string;
}

/** Another client than the one people log in to, checked. */
export interface OtherClient {
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
}

/** What the library needs to know of an API, checked. */
export interface ResolvedApi {
  readonly apiAudience: string | undefined;
  readonly apiClient: OtherClient | undefined;
  readonly apiDpop: DpopPolicy;
  readonly apiScopes: readonly string[] | undefined;
}

/** @returns the options of an API, and what is wrong with them. */
export function resolveApi(given: {
  clientId?: unknown;
  apiAudience?: unknown;
  apiClient?: unknown;
  apiDpop?: unknown;
  apiScopes?: unknown;
}): { api: ResolvedApi; problems: string[] } {
  const problems: string[] = [];
  const { apiAudience, apiDpop = 'allowed' } = given;
  if (apiAudience !== undefined && (typeof apiAudience !== 'string' || apiAudience.trim() === '')) {
    problems.push('apiAudience must be the identifier of the API in Auth0, such as "https://api.example.com"');
  }
  if (apiAudience !== undefined && apiAudience === given.clientId) {
    problems.push('apiAudience is the clientId: ID tokens would pass for access tokens');
  }
  const policy = DPOP_POLICIES.find((name) => name === apiDpop);
  if (!policy) problems.push(`apiDpop must be one of ${DPOP_POLICIES.join(', ')}`);
  if (given.apiClient !== undefined && apiAudience === undefined) {
    problems.push('apiClient needs apiAudience: without it no access token is taken that could be exchanged');
  }
  return {
    api: {
      apiAudience: typeof apiAudience === 'string' ? apiAudience : undefined,
      apiClient: given.apiClient === undefined ? undefined : otherClient('apiClient', given.apiClient, problems),
      apiDpop: policy ?? 'allowed',
      apiScopes: resolveApiScopes(given, problems),
    },
    problems,
  };
}

/** RFC 6749 section 3.3: what a scope is made of. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function isScope(scope: unknown): scope is string {
  return typeof scope === 'string' && SCOPE.test(scope);
}

function resolveApiScopes(
  { apiScopes, apiAudience }: { apiScopes?: unknown; apiAudience?: unknown },
  problems: string[],
): readonly string[] | undefined {
  if (apiScopes === undefined) return undefined;
  if (!Array.isArray(apiScopes) || apiScopes.length === 0 || !apiScopes.every(isScope)) {
    problems.push('apiScopes must be a list of scopes, such as ["read:events"]');
    return undefined;
  }
  if (apiAudience === undefined)
    problems.push('apiScopes needs apiAudience: without it there is no API to ask scopes for');
  return Object.freeze([...apiScopes]);
}

function otherClient(name: string, given: unknown, problems: string[]): OtherClient {
  const options = (typeof given === 'object' && given !== null ? given : {}) as Partial<Record<string, unknown>>;
  if (options !== given) problems.push(`${name} must be an object, such as { clientId, clientSecret }`);
  const { clientId, clientSecret, privateKey, keyId } = options;
  if (typeof clientId !== 'string' || clientId.trim() === '') problems.push(`${name}.clientId is required`);
  if (clientSecret === undefined && privateKey === undefined) {
    problems.push(`${name} needs a clientSecret or a privateKey`);
  }
  const method = privateKey === undefined ? undefined : 'private_key_jwt';
  const resolved = resolveClientAuth({ method, privateKey, keyId }, clientSecret);
  if (clientSecret !== undefined || privateKey !== undefined) {
    problems.push(
      ...resolved.problems.map((problem) => problem.replace(/^(clientAuth\.|(?=clientSecret))/, `${name}.`)),
    );
  }
  return { clientId: String(clientId), clientAuth: resolved.clientAuth };
}
