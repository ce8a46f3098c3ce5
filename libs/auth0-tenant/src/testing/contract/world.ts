import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { epochSeconds } from '../../identifiers.js';
import {
  DEFAULT_CLIENT,
  DEFAULT_CONNECTIONS,
  startLocalTenant,
  TOKEN_VAULT_GRANT,
  type LocalTenant,
  type TenantClient,
} from '../../index.js';
import { authorize, CALLBACK, json, login, myAccountToken, pkce, token, type TokenAnswer } from '../flows.js';

export const API = 'https://api.example.com';
export const CLOSED_API = 'https://closed.example.com';
export const STANDARD_API = 'https://rfc9068.example.com';
export const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

/** A key pair of somebody who signs proofs and assertions. */
export interface Keys {
  privateKey: CryptoKey;
  publicJwk: JWK;
}

const CLIENTS: TenantClient[] = [
  { ...DEFAULT_CLIENT, webOrigins: ['http://localhost:3000'] },
  { clientId: 'spa', redirectUris: [CALLBACK] },
  {
    clientId: 'machine',
    clientSecret: 'secret',
    redirectUris: [],
    grantTypes: ['client_credentials'],
    clientGrants: [
      { audience: API, scopes: ['read:events'] },
      { audience: CLOSED_API, scopes: ['enter'] },
      { audience: STANDARD_API, scopes: [] },
    ],
  },
  {
    clientId: 'without-policy',
    clientSecret: 'secret',
    redirectUris: [CALLBACK],
    mrrtPolicies: [{ audience: API, scopes: ['write:events'] }],
  },
  {
    clientId: 'with-grant',
    clientSecret: 'secret',
    redirectUris: [CALLBACK],
    mrrtPolicies: [],
    clientGrants: [
      { audience: 'me/', scopes: ['read:me:connected_accounts'], subjectType: 'user' },
      { audience: CLOSED_API, scopes: ['enter'], subjectType: 'user' },
    ],
  },
];

/** A tenant with one client of every kind, and the ways to ask it something. */
export class World {
  readonly #sessions = new Map<string, Promise<string>>();

  private constructor(
    readonly tenant: LocalTenant,
    readonly keys: Keys,
  ) {}

  static async start(): Promise<World> {
    const keys = await newKeys('RS256');
    const jwks = { keys: [{ ...keys.publicJwk, alg: 'RS256' }] };
    const worker = { redirectUris: [], grantTypes: [TOKEN_VAULT_GRANT], clientSecret: 'secret', jwks };
    const tenant = await startLocalTenant({
      clients: [
        ...CLIENTS,
        {
          clientId: 'keyed',
          redirectUris: [CALLBACK],
          grantTypes: ['client_credentials'],
          jwks,
          clientGrants: [{ audience: API, scopes: ['read:events'] }],
        },
        { ...worker, clientId: 'unprivileged' },
        { ...worker, clientId: 'worker', privilegedWorker: access(['127.0.0.0/8', '::1']) },
        { ...worker, clientId: 'worker-elsewhere', privilegedWorker: access(['192.0.2.0/24', '2001:db8::1']) },
      ],
      apis: [
        { identifier: API, scopes: ['read:events', 'write:events'] },
        { identifier: CLOSED_API, scopes: ['enter', 'leave'], userAccess: 'require_client_grant' },
        { identifier: STANDARD_API, scopes: ['read'], accessTokenProfile: 'rfc9068' },
      ],
      connections: DEFAULT_CONNECTIONS,
    });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { scopes: ['openid', CALENDAR] });
    tenant.control.connectAccount('auth0|alice', 'github', { scopes: ['repo', 'read:user'] });
    return new World(tenant, keys);
  }

  client(clientId: string): TenantClient {
    const secret = { spa: undefined, keyed: undefined, [DEFAULT_CLIENT.clientId]: DEFAULT_CLIENT.clientSecret };
    const clientSecret = clientId in secret ? secret[clientId] : 'secret';
    return { clientId, clientSecret, redirectUris: [CALLBACK] };
  }

  /** Alice's refresh token of a client, with openid and `read:events` of the API; the same one for every row. */
  async refreshToken(clientId: string): Promise<string> {
    let session = this.#sessions.get(clientId);
    if (!session) {
      session = login(
        this.tenant,
        { audience: API, scope: 'openid offline_access read:events' },
        this.client(clientId),
      ).then(({ refresh_token: refreshToken }) => refreshToken);
      this.#sessions.set(clientId, session);
    }
    return session;
  }

  async myAccountToken(): Promise<string> {
    return myAccountToken(this.tenant, await this.refreshToken(DEFAULT_CLIENT.clientId));
  }

  async token(clientId: string, form: Record<string, string>, headers: Record<string, string> = {}) {
    const { clientSecret } = this.client(clientId);
    const all = { client_id: clientId, ...(clientSecret ? { client_secret: clientSecret } : undefined), ...form };
    return this.post('oauth/token', new URLSearchParams(all), headers);
  }

  async refresh(clientId: string, form: Record<string, string> = {}): Promise<TokenAnswer> {
    const refreshToken = await this.refreshToken(clientId);
    return token(
      this.tenant,
      { grant_type: 'refresh_token', refresh_token: refreshToken, ...form },
      this.client(clientId),
    );
  }

  async post(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<TokenAnswer> {
    const response = await fetch(`${this.tenant.issuer}${path}`, { method: 'POST', body, headers });
    return { status: response.status, body: await json(response), headers: response.headers };
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<TokenAnswer> {
    const response = await fetch(`${this.tenant.issuer}${path}`, { headers });
    return { status: response.status, body: await json(response), headers: response.headers };
  }

  /** A login up to the code, with its verifier. */
  async code(clientId: string, parameters: Record<string, string | undefined> = {}) {
    const { verifier, challenge } = pkce();
    const callback = await authorize(this.tenant, {
      client_id: clientId,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...parameters,
    });
    return { callback, form: codeForm(callback, verifier) };
  }

  /** The token answer of a login whose tokens are bound to a key. */
  async boundSession(clientId: string, keys: Keys): Promise<TokenAnswer> {
    const { form } = await this.code(clientId, { audience: API, scope: 'openid offline_access read:events' });
    const first = await this.token(clientId, form, await this.proof(keys));
    const nonce = first.headers.get('dpop-nonce') ?? undefined;
    return first.status === 200 ? first : this.token(clientId, form, await this.proof(keys, { nonce }));
  }

  /** A signed assertion of the client `keyed`. */
  async assertion(claims: JWTPayload = {}): Promise<Record<string, string>> {
    const now = epochSeconds();
    const payload = {
      iss: 'keyed',
      sub: 'keyed',
      aud: this.tenant.issuer,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      ...claims,
    };
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await new SignJWT(payload).setProtectedHeader({ alg: 'RS256' }).sign(this.keys.privateKey),
    };
  }

  /** The vault exchange of a privileged worker. */
  async work(clientId: string, form: Record<string, string> = {}): Promise<TokenAnswer> {
    const payload = {
      iss: clientId,
      sub: 'auth0|alice',
      aud: this.tenant.issuer,
      iat: epochSeconds(),
      jti: randomUUID(),
      audit_context: 'contract',
    };
    return this.token(clientId, {
      grant_type: TOKEN_VAULT_GRANT,
      subject_token: await new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', typ: 'token-vault-req+jwt' })
        .sign(this.keys.privateKey),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token',
      connection: 'google-oauth2',
      ...form,
    });
  }

  /** A DPoP proof for a request to the tenant. */
  async proof(
    { privateKey, publicJwk }: Keys,
    { method = 'POST', path = 'oauth/token', accessToken, nonce }: ProofOptions = {},
  ): Promise<Record<string, string>> {
    const ath = accessToken && createHash('sha256').update(accessToken).digest('base64url');
    const dpop = await new SignJWT({ htm: method, htu: `${this.tenant.issuer}${path}`, jti: randomUUID(), ath, nonce })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk })
      .setIssuedAt(epochSeconds())
      .sign(privateKey);
    return { dpop };
  }
}

/** What a proof is for. */
export interface ProofOptions {
  method?: string;
  path?: string;
  accessToken?: string;
  nonce?: string;
}

/** A new key pair. */
export async function newKeys(alg: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicJwk: await exportJWK(publicKey) };
}

function access(ipAllowlist: string[]) {
  return {
    ipAllowlist,
    grants: [
      { connection: 'google-oauth2', scopes: ['openid', 'email', CALENDAR] },
      { connection: 'github', scopes: ['repo', 'read:user'] },
    ],
  };
}

function codeForm(callback: URL, verifier: string): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  };
}
