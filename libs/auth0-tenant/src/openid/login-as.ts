import { createHmac } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { Client, Session } from 'oidc-provider';
import type { Tenant } from '../state/tenant.js';
import { words } from '../values.js';
import { OPENID_SCOPES, resourceOf } from '../state/audiences.js';
import { addEverything } from './authorization-grant.js';
import { organizationNamed } from './authorization-parameters.js';
import { claimsOf } from './claims.js';
import { signAccessToken } from './mint.js';
import { scopesOnBehalf } from './permissions.js';

/** Seconds, as long as a session of a login by browser. */
const SESSION_LIFETIME = 259_200;

/** A login to be had without a browser. */
export interface LoginAsRequest {
  userId: string;
  /** Default: the tenant's first client. */
  clientId?: string;
  /** Default: none, so that the access token is for userinfo alone. */
  audience?: string;
  /** Default `openid profile email offline_access`. What does not exist, or the user may not have, is left out. */
  scope?: string;
  /** Id or name. */
  organization?: string;
}

/** The cookie of a session with the tenant, as `browserContext.addCookies` of Playwright takes it. */
export interface SessionCookie {
  name: string;
  value: string;
  url: string;
  httpOnly: boolean;
  secure: boolean;
  sameSite: 'Lax' | 'None';
}

/** What a login gives: the answer of the token endpoint, and the browser's session with the tenant. */
export interface LoginAsResult {
  access_token: string;
  id_token?: string;
  /** With the scope `offline_access`, for a client with the grant. */
  refresh_token?: string;
  scope: string;
  expires_in: number;
  token_type: 'Bearer';
  /** A browser that has these logs in to any application without seeing the login page. */
  cookies: SessionCookie[];
}

/** Logs a user in as the login page and the token endpoint would, without either. @internal */
export async function loginAs(
  tenant: Tenant,
  provider: Provider,
  cookieKey: string,
  request: LoginAsRequest,
): Promise<LoginAsResult> {
  const { userId, audience } = request;
  const client = await clientOf(tenant, provider, request.clientId);
  const organization = memberOf(tenant, request);
  const apiScopes = scopesOf(tenant, provider.issuer, client.clientId, request);
  const grantId = await grant(tenant, provider, client, userId, organization);
  const session = await startSession(provider, client, userId, grantId);
  const asked = words(request.scope ?? 'openid profile email offline_access');
  const granted = asked.filter((scope) => [...OPENID_SCOPES, ...apiScopes].includes(scope));
  const common = { accountId: userId, client, grantId, scope: granted.join(' '), gty: 'authorization_code' };
  const wantsRefresh = granted.includes('offline_access') && client.grantTypeAllowed('refresh_token');
  const resource = audience === undefined ? undefined : resourceOf(audience);
  return {
    access_token:
      audience === undefined
        ? await new provider.AccessToken(common).save()
        : await signAccessToken(tenant, {
            issuer: provider.issuer,
            userId,
            clientId: client.clientId,
            audience,
            scope: common.scope,
            grantId,
            expiresInSeconds: tenant.lifetimes.accessToken,
          }),
    ...(granted.includes('openid')
      ? { id_token: await idToken(tenant, provider, client, session, userId, organization, granted) }
      : undefined),
    ...(wantsRefresh ? { refresh_token: await new provider.RefreshToken({ ...common, resource }).save() } : undefined),
    scope: common.scope,
    expires_in: tenant.lifetimes.accessToken,
    token_type: 'Bearer',
    cookies: sessionCookies(provider, cookieKey, session),
  };
}

async function clientOf(tenant: Tenant, provider: Provider, named: string | undefined): Promise<Client> {
  const clientId = named ?? [...tenant.clients.keys()][0] ?? '';
  const client = await provider.Client.find(clientId);
  if (!client?.grantTypeAllowed('authorization_code')) throw new Error(`no client that people log in to: ${clientId}`);
  const { dpopBound, certificateBound } = tenant.clients.get(clientId)!;
  if (dpopBound || certificateBound)
    throw new Error(`${clientId} has a key to bind tokens to, which is not at hand here`);
  return client;
}

function memberOf(tenant: Tenant, { userId, organization: named }: LoginAsRequest): string | undefined {
  if (!tenant.users.has(userId)) throw new Error(`no such user: ${userId}`);
  if (named === undefined) return undefined;
  const organization = organizationNamed(tenant, named);
  if (organization?.members.includes(userId)) return organization.id;
  throw new Error(`${userId} is no member of the organization ${named}`);
}

function scopesOf(tenant: Tenant, issuer: string, clientId: string, { userId, audience }: LoginAsRequest): string[] {
  if (audience === undefined) return [];
  const [client, user] = [tenant.clients.get(clientId)!, tenant.users.get(userId)];
  const scopes = scopesOnBehalf(tenant, issuer, { client, audience, user });
  if (!scopes) throw new Error(`no such API, or not for ${clientId}: ${audience}`);
  return scopes;
}

async function grant(
  tenant: Tenant,
  provider: Provider,
  client: Client,
  accountId: string,
  organization: string | undefined,
): Promise<string> {
  const given = new provider.Grant({ accountId, clientId: client.clientId });
  addEverything(tenant, given, provider.issuer);
  const grantId = await given.save();
  tenant.store.describe(grantId, { organization });
  return grantId;
}

async function startSession(provider: Provider, client: Client, accountId: string, grantId: string): Promise<Session> {
  const session = new provider.Session();
  session.loginAccount({ accountId });
  session.ensureClientContainer(client.clientId);
  session.grantIdFor(client.clientId, grantId);
  await session.save(SESSION_LIFETIME);
  return session;
}

async function idToken(
  tenant: Tenant,
  provider: Provider,
  client: Client,
  session: Session,
  userId: string,
  organization: string | undefined,
  granted: string[],
): Promise<string> {
  const token = new provider.IdToken(claimsOf(tenant, tenant.users.get(userId)!, organization), { client });
  // Not in its typings, though it is how oidc-provider itself picks the claims.
  Object.assign(token, { scope: granted.filter((scope) => OPENID_SCOPES.includes(scope)).join(' ') });
  token.set('sid', session.sidFor(client.clientId));
  return token.issue({ use: 'idtoken' });
}

/** The cookies oidc-provider sets and reads: the session's id, and its signature by keygrip (HMAC with SHA-1). */
function sessionCookies(provider: Provider, cookieKey: string, session: Session): SessionCookie[] {
  const name = provider.cookieName('session');
  const signature = createHmac('sha1', cookieKey).update(`${name}=${session.jti}`).digest('base64url');
  const secure = provider.issuer.startsWith('https:');
  const sameSite = secure ? ('None' as const) : ('Lax' as const);
  const common = { url: provider.issuer, httpOnly: true, secure, sameSite };
  return [
    { name, value: session.jti, ...common },
    { name: `${name}.sig`, value: signature, ...common },
  ];
}
