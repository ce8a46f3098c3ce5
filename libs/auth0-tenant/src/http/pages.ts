import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { OidcContext } from './context.js';

const eta = new Eta({ views: fileURLToPath(new URL('../../views/', import.meta.url)), cache: true, autoEscape: true });

/** A context that can be answered with a page. */
export type Answerable = Pick<OidcContext, 'status' | 'body' | 'set'> & { type: string };

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
