import type { Tenant } from '../state/tenant.js';
import { waysBack } from './applications.js';
import type { Middleware } from './context.js';
import { renderPage } from './pages.js';

/** The front page: what this is, and which applications use it. */
export function homePage(tenant: Tenant, issuer: string): Middleware {
  return async (ctx, next) => {
    if (ctx.path === '/' && ctx.method === 'GET') {
      renderPage(ctx, 200, 'home', { issuer, applications: waysBack(tenant) });
    } else await next();
  };
}
