import type { Middleware } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { isRecord } from '../values.js';

/** The endpoints a client may call with its certificate. */
const CERTIFICATE_ENDPOINTS = [
  'token_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'pushed_authorization_request_endpoint',
  'backchannel_authentication_endpoint',
];

/** Adds to oidc-provider's discovery document what Auth0's says beside. */
export function discoveryDocument(tenant: Tenant, issuer: string): Middleware {
  return async (ctx, next) => {
    await next();
    const document: unknown = ctx.body;
    if (ctx.path !== '/.well-known/openid-configuration' || !isRecord(document) || document.issuer !== issuer) return;
    const aliases = CERTIFICATE_ENDPOINTS.map((name) => [name, document[name]]);
    ctx.body = {
      ...document,
      request_parameter_supported: false,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      ...(tenant.options.tls ? { mtls_endpoint_aliases: Object.fromEntries(aliases) } : undefined),
    };
  };
}
