import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import type Provider from 'oidc-provider';
import type { Session } from 'oidc-provider';
import { bodyParameters, type Context, type Middleware } from '../http/context.js';
import { nameOf } from '../http/applications.js';
import { showMessage } from '../http/messages.js';
import { renderPage } from '../http/pages.js';
import type { TenantClient } from '../options.js';
import type { Tenant } from '../state/tenant.js';
import { notifySessionEnd } from './backchannel-logout.js';
import { verificationKeys } from './verification-keys.js';
import { textOf } from '../values.js';

/** `/oidc/logout` (OpenID RP-initiated logout) and `/v2/logout` (Auth0's own). */
export function logoutEndpoints(tenant: Tenant, provider: Provider): Middleware {
  return async (ctx, next) => {
    if (ctx.path === '/v2/logout' && ctx.method === 'GET') await plainLogout(tenant, provider, ctx);
    else if (ctx.path === '/oidc/logout' && (ctx.method === 'GET' || ctx.method === 'POST')) {
      await openidLogout(tenant, provider, ctx);
    } else await next();
  };
}

async function plainLogout(tenant: Tenant, provider: Provider, ctx: Context): Promise<void> {
  const { client_id: clientId, returnTo } = ctx.query;
  const client = typeof clientId === 'string' ? tenant.clients.get(clientId) : undefined;
  // Without a client Auth0 takes the tenant's own list of URLs; here that is everybody's.
  const allowed = client
    ? (client.logoutUrls ?? [])
    : [...tenant.clients.values()].flatMap((one) => one.logoutUrls ?? []);
  if (clientId !== undefined && !client) return refuse(tenant, ctx, `Unknown client: ${String(clientId)}`);
  if (returnTo !== undefined && !isAllowed(allowed, returnTo)) {
    return refuse(
      tenant,
      ctx,
      `The "returnTo" querystring parameter "${String(returnTo)}" is not defined as a valid URL in "Allowed Logout URLs".`,
      client?.clientId,
    );
  }
  await endSession(tenant, provider, ctx);
  goOn(tenant, ctx, { target: textOf(returnTo) ?? allowed[0] });
}

async function openidLogout(tenant: Tenant, provider: Provider, ctx: Context): Promise<void> {
  const parameters: Record<string, unknown> = { ...ctx.query, ...bodyParameters(ctx) };
  const hint = await readHint(tenant, provider.issuer, textOf(parameters.id_token_hint));
  if (hint === 'invalid') return refuse(tenant, ctx, 'id_token_hint is not an ID token of this tenant.');
  if (hint && parameters.client_id !== undefined && parameters.client_id !== hint.clientId) {
    return refuse(tenant, ctx, 'client_id does not match the id_token_hint.', hint.clientId);
  }
  const clientId = hint?.clientId ?? textOf(parameters.client_id);
  const client = tenant.clients.get(clientId ?? '');
  if (clientId !== undefined && !client) return refuse(tenant, ctx, `Unknown client: ${clientId}`);
  const target = textOf(parameters.post_logout_redirect_uri);
  if (target !== undefined && !isAllowed(urlsOf(client), target)) {
    return refuse(
      tenant,
      ctx,
      `post_logout_redirect_uri "${target}" is not defined as a valid URL in "Allowed Logout URLs".`,
      clientId,
    );
  }
  const session = await provider.Session.get(ctx);
  const isTheirs =
    (hint !== undefined && hint.subject === session.accountId) || isSession(session, clientId, parameters.logout_hint);
  if (session.accountId && !isTheirs && parameters.action === undefined) {
    const fields = Object.fromEntries(Object.entries(parameters).filter(([, value]) => typeof value === 'string'));
    renderPage(ctx, 200, 'logout', {
      fields,
      client: client && nameOf(client, client.clientId),
      user: tenant.users.get(session.accountId)?.name,
    });
    return;
  }
  const isCancelled = parameters.action === 'cancel';
  if (!isCancelled) await endSession(tenant, provider, ctx);
  goOn(tenant, ctx, {
    target,
    state: textOf(parameters.state),
    clientId,
    title: isCancelled ? 'Still logged in' : 'Logged out',
  });
}

/** Whose ID token this is: expired ones are as good, foreign ones are not. */
async function readHint(
  tenant: Tenant,
  issuer: string,
  token: string | undefined,
): Promise<{ clientId: string; subject: string } | 'invalid' | undefined> {
  if (token === undefined) return undefined;
  try {
    const issuedAt = new Date((decodeJwt(token).iat ?? 0) * 1000);
    const keys = createLocalJWKSet(verificationKeys(tenant));
    const { payload } = await jwtVerify(token, keys, { issuer, currentDate: issuedAt });
    return { clientId: String(payload.aud), subject: String(payload.sub) };
  } catch {
    return 'invalid';
  }
}

/** Auth0 takes the `sid` of an ID token as a `logout_hint`. */
function isSession(session: Session, clientId: string | undefined, logoutHint: unknown): boolean {
  const sid = session.authorizations?.[clientId ?? '']?.sid;
  return sid !== undefined && sid === logoutHint;
}

async function endSession(tenant: Tenant, provider: Provider, ctx: Context): Promise<void> {
  const session: Session = await provider.Session.get(ctx);
  if (session.accountId) {
    await session.destroy();
    notifySessionEnd(tenant, provider.issuer, session);
  }
  ctx.cookies.set(provider.cookieName('session'), null);
}

function goOn(
  tenant: Tenant,
  ctx: Context,
  {
    target,
    state,
    clientId,
    title = 'Logged out',
  }: { target?: string; state?: string; clientId?: string; title?: string },
): void {
  if (target === undefined) {
    showMessage(tenant, ctx, { status: 200, title, text: 'You may close this page.', clientId });
    return;
  }
  const url = new URL(target);
  if (state !== undefined) url.searchParams.set('state', state);
  ctx.status = 302;
  // Not ctx.redirect, which would rewrite the URL: the application gets what it registered.
  ctx.set('location', state === undefined ? target : url.href);
}

/** Byte for byte; as at Auth0 the query of the asked URL does not count. */
function isAllowed(allowed: string[], url: unknown): boolean {
  return typeof url === 'string' && (allowed.includes(url) || allowed.includes(url.split('?')[0]!));
}

function urlsOf(client: TenantClient | undefined): string[] {
  return client?.logoutUrls ?? [];
}

function refuse(tenant: Tenant, ctx: Context, text: string, clientId?: string): void {
  showMessage(tenant, ctx, { status: 400, title: 'Invalid request', text, clientId });
}
