import { createHash, randomBytes } from 'node:crypto';
import { DEFAULT_CLIENT, type LocalTenant, type TenantClient } from '../index.js';
import { isRecord, textOf } from '../values.js';
import { Browser } from './browser.js';

/** The callback URL of the default client. */
export const CALLBACK = 'http://localhost:3000/auth/callback';

/** What a login gives. */
export interface LoggedIn {
  access_token: string;
  id_token: string;
  refresh_token: string;
  scope: string;
  expires_in: number;
}

/** The JSON object of an answer, empty when there is none. */
export async function json(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  const value: unknown = text ? JSON.parse(text) : {};
  return isRecord(value) ? value : {};
}

/** A form answer of the token endpoint. */
export interface TokenAnswer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

/** A PKCE pair. */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Posts a form to the token endpoint, with the client's secret unless the form says otherwise. */
export async function token(
  tenant: LocalTenant,
  form: Record<string, string>,
  client: TenantClient = DEFAULT_CLIENT,
): Promise<TokenAnswer> {
  const body = new URLSearchParams({
    client_id: client.clientId,
    ...(client.clientSecret ? { client_secret: client.clientSecret } : undefined),
    ...form,
  });
  const response = await fetch(`${tenant.issuer}oauth/token`, { method: 'POST', body });
  return {
    status: response.status,
    body: await json(response),
    headers: response.headers,
  };
}

/** The authorization URL of a login with usual parameters. */
export function authorizeUrl(tenant: LocalTenant, parameters: Record<string, string | undefined> = {}): URL {
  const url = new URL('authorize', tenant.issuer);
  const all = {
    response_type: 'code',
    client_id: DEFAULT_CLIENT.clientId,
    redirect_uri: CALLBACK,
    scope: 'openid profile email offline_access',
    state: 'a-state',
    ...parameters,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

/** Goes through the login page as this user and comes back with the callback URL. */
export async function authorize(
  tenant: LocalTenant,
  { browser = new Browser(), user = 'auth0|alice', ...parameters }: AuthorizeOptions = {},
): Promise<URL> {
  const texts = Object.entries(parameters).filter(
    (entry): entry is [string, string | undefined] => !(entry[1] instanceof Browser),
  );
  const arrived = await browser.follow(authorizeUrl(tenant, Object.fromEntries(texts)));
  if ('left' in arrived) return arrived.left;
  const answered = await browser.post(arrived.url, [
    ['user', user],
    ['action', 'login'],
  ]);
  const end = await browser.follow(arrived.url, answered);
  if (!('left' in end)) throw new Error(`login did not end: ${end.page.status} ${await end.page.text()}`);
  return end.left;
}

/** How to log in. */
export interface AuthorizeOptions extends Record<string, string | Browser | undefined> {
  browser?: Browser;
  user?: string;
}

/** A whole login. */
export async function login(
  tenant: LocalTenant,
  options: AuthorizeOptions = {},
  client: TenantClient = DEFAULT_CLIENT,
): Promise<LoggedIn> {
  const { verifier, challenge } = pkce();
  const callback = await authorize(tenant, {
    client_id: client.clientId,
    redirect_uri: client.redirectUris[0] ?? '',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...options,
  });
  const answer = await token(
    tenant,
    {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: client.redirectUris[0] ?? '',
      code_verifier: verifier,
    },
    client,
  );
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  const text = (name: string) => textOf(answer.body[name]) ?? '';
  return {
    access_token: text('access_token'),
    id_token: text('id_token'),
    refresh_token: text('refresh_token'),
    scope: text('scope'),
    expires_in: Number(answer.body.expires_in),
  };
}

/** An access token for the My Account API with all its scopes. */
export async function myAccountToken(
  tenant: LocalTenant,
  refreshToken: string,
  scope = 'create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts',
): Promise<string> {
  const { body } = await token(tenant, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    audience: `${tenant.issuer}me/`,
    scope,
  });
  return textOf(body.access_token) ?? '';
}

/** Calls the My Account API. */
export async function myAccount(
  tenant: LocalTenant,
  accessToken: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(`${tenant.issuer}me/v1/connected-accounts/${path}`, {
    method,
    headers: {
      ...(accessToken === undefined ? undefined : { authorization: `Bearer ${accessToken}` }),
      ...(body === undefined ? undefined : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await json(response), headers: response.headers };
}

/** What a started connect has to be completed with. */
export interface Started {
  connectUrl: URL;
  authSession: string;
  verifier: string;
  redirectUri: string;
}

/** Starts a connect. */
export async function startConnect(
  tenant: LocalTenant,
  accessToken: string,
  extra: Record<string, unknown> = {},
): Promise<Started> {
  const { verifier, challenge } = pkce();
  const redirectUri = CALLBACK;
  const { status, body } = await myAccount(tenant, accessToken, 'POST', 'connect', {
    connection: 'google-oauth2',
    redirect_uri: redirectUri,
    state: 'connect-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scopes: ['openid', 'https://www.googleapis.com/auth/calendar.readonly'],
    ...extra,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  const connectUrl = new URL(textOf(body.connect_uri) ?? '');
  const ticket = isRecord(body.connect_params) ? textOf(body.connect_params.ticket) : undefined;
  connectUrl.searchParams.set('ticket', ticket ?? '');
  return { connectUrl, authSession: textOf(body.auth_session) ?? '', verifier, redirectUri };
}

/** Answers the consent page. */
export async function consent(url: URL, fields: [string, string][], browser = new Browser()): Promise<URL> {
  const response = await browser.post(url, fields);
  if (response.status !== 303) throw new Error(`${response.status} ${await response.text()}`);
  return new URL(response.headers.get('location')!);
}

/** A whole connect; the answer of `complete`. */
export async function connect(
  tenant: LocalTenant,
  accessToken: string,
  { account = 'alice@gmail.example', ...extra }: { account?: string; scopes?: string[] } & Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const started = await startConnect(tenant, accessToken, extra);
  const scopes = extra.scopes ?? ['openid', 'https://www.googleapis.com/auth/calendar.readonly'];
  const back = await consent(started.connectUrl, [
    ['account', account],
    ['action', 'approve'],
    ...scopes.map((scope): [string, string] => ['scopes', scope]),
  ]);
  const { body } = await myAccount(tenant, accessToken, 'POST', 'complete', {
    auth_session: started.authSession,
    connect_code: back.searchParams.get('connect_code'),
    redirect_uri: started.redirectUri,
    code_verifier: started.verifier,
  });
  return body;
}
