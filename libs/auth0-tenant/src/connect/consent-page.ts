import type Provider from 'oidc-provider';
import { bodyParameters, type Context, type Middleware } from '../http/context.js';
import { nameOf } from '../http/applications.js';
import { showMessage } from '../http/messages.js';
import { renderPage } from '../http/pages.js';
import type { ProviderAccount } from '../options.js';
import type { Tenant } from '../state/tenant.js';
import { isNamed, providerAccountsOf } from '../token-vault/provider-accounts.js';
import { permissionOf } from './scope-words.js';
import type { ConnectRequest } from '../state/tickets.js';

const PATH = '/connected-accounts/connect';

/** The page a `connect_uri` leads to: stands for the provider's own account chooser and consent page. */
export function consentPage(tenant: Tenant, provider: Provider): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== PATH || (ctx.method !== 'GET' && ctx.method !== 'POST')) {
      await next();
      return;
    }
    const { ticket } = ctx.query;
    const request = typeof ticket === 'string' ? tenant.tickets.find(ticket) : undefined;
    if (!request || request.issuer !== provider.issuer) {
      showMessage(tenant, ctx, {
        status: 400,
        title: 'Ticket invalid',
        text: 'The ticket is missing, unknown, expired or was used before. Start again in the application.',
        clientId: typeof ticket === 'string' ? tenant.tickets.clientOf(ticket) : undefined,
      });
      return;
    }
    const session = await provider.Session.get(ctx);
    if (session.accountId && session.accountId !== request.userId) {
      showMessage(tenant, ctx, {
        status: 403,
        title: 'Another user',
        text: 'Somebody else is logged in on this browser. Log out there first, then connect again.',
        clientId: request.clientId,
        back: returnUrl(request, { error: 'access_denied', error_description: 'Another user is logged in.' }),
      });
      return;
    }
    if (ctx.method === 'GET') show(tenant, ctx, request);
    else answer(tenant, ctx, request);
  };
}

function show(tenant: Tenant, ctx: Context, request: ConnectRequest, problem?: string): void {
  const connection = tenant.connections.get(request.connection)!;
  const user = tenant.users.get(request.userId)!;
  const accounts = providerAccountsOf(connection, user);
  renderPage(ctx, problem ? 400 : 200, 'connect', {
    provider: connection.displayName ?? connection.name,
    client: nameOf(tenant.clients.get(request.clientId), request.clientId),
    user,
    accounts,
    selected: preselected(accounts, request.loginHint)?.id,
    permissions: request.scopes.map(permissionOf),
    problem,
  });
}

function answer(tenant: Tenant, ctx: Context, request: ConnectRequest): void {
  const { action, account: chosen, scopes } = bodyParameters(ctx);
  if (action === 'cancel') {
    tenant.tickets.finish(request);
    goBack(ctx, request, { error: 'access_denied', error_description: 'The user cancelled the request.' });
    return;
  }
  const connection = tenant.connections.get(request.connection)!;
  const accounts = providerAccountsOf(connection, tenant.users.get(request.userId)!);
  const account = accounts.find((one) => isNamed(one, String(chosen)));
  if (action !== 'approve' || !account) {
    show(tenant, ctx, request, 'Choose an account.');
    return;
  }
  const ticked = [scopes ?? []].flat().map(String);
  const connectCode = tenant.tickets.agree(request, {
    providerAccountId: account.id,
    scopes: request.scopes.filter((scope) => ticked.includes(scope)),
  });
  goBack(ctx, request, { connect_code: connectCode });
}

function preselected(accounts: ProviderAccount[], hint: string | undefined): ProviderAccount | undefined {
  return accounts.find((account) => hint !== undefined && isNamed(account, hint)) ?? accounts[0];
}

function goBack(ctx: Context, request: ConnectRequest, parameters: Record<string, string>): void {
  ctx.status = 303;
  ctx.redirect(returnUrl(request, parameters));
}

function returnUrl({ redirectUri, state }: ConnectRequest, parameters: Record<string, string>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}
