import type { Context, Middleware } from '../http/context.js';
import { allowBrowsers } from '../http/cors.js';
import type { Tenant } from '../state/tenant.js';
import { authorize, type Caller } from './access.js';
import { deleteAccount, listAccounts } from './accounts.js';
import { completeConnect } from './complete.js';
import { startConnect } from './connect.js';
import { listConnections } from './connections.js';
import { MyAccountError, sendError } from './error-response.js';
import { CREATE_ACCOUNTS, DELETE_ACCOUNTS, READ_ACCOUNTS } from '../state/my-account-scopes.js';

const BASE = '/me/v1/connected-accounts';

interface Operation {
  method: string;
  path: RegExp;
  scope: string;
  run(ctx: Context, caller: Caller, id: string): void;
}

/** The My Account API of one host: connected accounts. */
export function myAccountApi(tenant: Tenant, issuer: string): Middleware {
  const operations: Operation[] = [
    describe('POST', '/connect', CREATE_ACCOUNTS, (ctx, caller) => startConnect(tenant, issuer, ctx, caller)),
    describe('POST', '/complete', CREATE_ACCOUNTS, (ctx, caller) => completeConnect(tenant, ctx, caller)),
    describe('GET', '/accounts', READ_ACCOUNTS, (ctx, caller) => listAccounts(tenant, ctx, caller)),
    describe('GET', '/connections', READ_ACCOUNTS, (ctx) => listConnections(tenant, ctx)),
    describe('DELETE', '/accounts/([^/]*)', DELETE_ACCOUNTS, (ctx, caller, id) =>
      deleteAccount(tenant, ctx, caller, id),
    ),
  ];
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/me/')) {
      await next();
      return;
    }
    if (allowBrowsers(tenant, ctx)) return;
    try {
      const { operation, id } = route(operations, ctx);
      ctx.set('cache-control', 'no-store');
      operation.run(ctx, await authorize(tenant, issuer, ctx, operation.scope), id);
    } catch (error) {
      if (!(error instanceof MyAccountError)) throw error;
      sendError(ctx, error);
    }
  };
}

function describe(method: string, path: string, scope: string, run: Operation['run']): Operation {
  return { method, path: new RegExp(`^${BASE}${path}$`), scope, run };
}

function route(operations: Operation[], ctx: Context): { operation: Operation; id: string } {
  const there = operations.filter(({ path }) => path.test(ctx.path));
  if (there.length === 0) throw new MyAccountError(404, `There is no ${ctx.path} here.`);
  const found = there.find(({ method }) => method === ctx.method);
  if (!found) {
    const allow = there.map(({ method }) => method).join(', ');
    throw new MyAccountError(405, `${ctx.method} is not possible here.`, undefined, { allow });
  }
  return { operation: found, id: safeDecode(found.path.exec(ctx.path)?.[1] ?? '') };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
