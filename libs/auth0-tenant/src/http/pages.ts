import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { OidcContext } from './context.js';

const eta = new Eta({ views: fileURLToPath(new URL('../../views/', import.meta.url)), cache: true, autoEscape: true });

/** A context that can be answered with a page. */
type Answerable = Pick<OidcContext, 'status' | 'body' | 'set'> & { type: string };

/** Answers with a page; no script runs on any of them. */
export function renderPage(ctx: Answerable, status: number, view: string, data: Record<string, unknown>): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set('cache-control', 'no-store');
  ctx.set(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; base-uri 'none'",
  );
  ctx.set('referrer-policy', 'no-referrer');
  ctx.set('x-frame-options', 'DENY');
  ctx.body = eta.render(`./${view}`, data);
}

/** Answers with a page of one message. */
export function renderMessage(ctx: Answerable, status: number, title: string, text: string): void {
  renderPage(ctx, status, 'message', { title, text });
}

/** What oidc-provider shows when it may not redirect. */
export function renderErrorPage(ctx: Answerable, out: { error: string; error_description?: string }): void {
  renderMessage(ctx, ctx.status >= 400 ? ctx.status : 400, out.error, out.error_description ?? '');
}
