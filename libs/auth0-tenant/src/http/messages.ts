import type { Tenant } from '../state/tenant.js';
import { waysBack, type Application } from './applications.js';
import { renderPage, type Answerable } from './pages.js';

/** A page that ends here, but for its way back. */
export interface Message {
  status: number;
  title: string;
  text: string;
  /** The application it is about, if that is known. */
  clientId?: string;
  /** Where in the application to go on. Default: its front page. */
  back?: string;
}

/** Answers with a message, and a way back to the application it is about or, where that is unknown, to any. */
export function showMessage(tenant: Tenant, ctx: Answerable, { status, title, text, clientId, back }: Message): void {
  const applications = waysBack(tenant, clientId).map((application): Application =>
    back === undefined ? application : { ...application, url: back },
  );
  renderPage(ctx, status, 'message', { title, text, applications });
}

/** What oidc-provider shows when it may not redirect. */
export function showError(
  tenant: Tenant,
  ctx: Answerable & { oidc?: { client?: { clientId: string } } },
  { error, error_description: text = '' }: { error: string; error_description?: string },
): void {
  const status = ctx.status >= 400 ? ctx.status : 400;
  showMessage(tenant, ctx, { status, title: error, text, clientId: ctx.oidc?.client?.clientId });
}
