import type { OidcContext } from '../http/context.js';
import { showMessage } from '../http/messages.js';
import type { Tenant } from '../state/tenant.js';

/** Characters that could end the script they stand in. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/**
 * The response mode of silent logins in an iframe and of logins in a popup: a page that posts the answer to the window
 * it belongs to, if that window is of an Allowed Web Origin.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-sakimura-oauth-wmrm-00
 */
export function webMessageMode(tenant: Tenant) {
  return (ctx: OidcContext, redirectUri: string, response: Record<string, unknown>): void => {
    const { origin } = new URL(redirectUri);
    const client = tenant.clients.get(ctx.oidc.client?.clientId ?? '');
    if (!client?.webOrigins?.includes(origin)) {
      showMessage(tenant, ctx, {
        status: 403,
        title: 'Origin not allowed',
        text: `${origin} is not one of the Allowed Web Origins of this application.`,
        clientId: client?.clientId,
      });
      return;
    }
    ctx.status = 200;
    ctx.type = 'html';
    ctx.set('cache-control', 'no-store');
    ctx.set('content-security-policy', `frame-ancestors ${origin}`);
    ctx.body = page(origin, response);
  };
}

function page(origin: string, response: Record<string, unknown>): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Authorization response</title></head>
<body>
<script>
(window.opener || window.parent).postMessage(
  { type: 'authorization_response', response: ${literal(response)} },
  ${literal(origin)},
);
</script>
</body>
</html>
`;
}

/** A value as a script may hold it. */
function literal(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
