import { bodyParameters, receivedRequest, type Middleware } from '../http/context.js';
import { handBackAsForm } from '../http/request-body.js';
import { auth0Error } from './auth0-errors.js';
import { errorOf } from './request-errors.js';
import { POLL_INTERVAL } from './backchannel-requests.js';
import type { Tenant } from '../tenant.js';
import { isRecord, textOf } from '../values.js';

/** Where oidc-provider reads a form that Auth0 also takes as JSON. */
const FORM_ENDPOINTS = new Set(['/oauth/token', '/oauth/revoke', '/oauth/par', '/bc-authorize']);

const SLOW_DOWN = {
  status: 400,
  body: { error: 'slow_down', error_description: `Poll every ${POLL_INTERVAL} seconds at most.` },
};

/** Gives oidc-provider the body in the form it reads, and its errors the codes, statuses and words of Auth0. */
export function oauthEndpoints(tenant: Tenant): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || !FORM_ENDPOINTS.has(ctx.path)) {
      await next();
      return;
    }
    const { contentType } = receivedRequest(ctx);
    const isForm = contentType === 'application/x-www-form-urlencoded' || contentType === 'application/json';
    if (isForm) handBackAsForm(ctx.req, bodyParameters(ctx));
    await next();
    const body: unknown = ctx.body;
    if (!isRecord(body)) return;
    if (ctx.status >= 400 && typeof body.error === 'string') {
      const request = bodyParameters(ctx);
      const isTooSoon =
        body.error === 'authorization_pending' && tenant.backchannel.polledTooSoon(textOf(request.auth_req_id) ?? '');
      const answer = isTooSoon ? SLOW_DOWN : auth0Error(ctx.status, body, errorOf(ctx), request);
      ctx.status = answer.status;
      ctx.body = answer.body;
    } else if (body.access_token !== undefined && body.scope === undefined) {
      // Everything asked for was dropped: said outright, for a missing scope would mean "as asked".
      ctx.body = { ...body, scope: '' };
    } else if (ctx.path === '/bc-authorize' && body.auth_req_id !== undefined) {
      ctx.body = { ...body, interval: POLL_INTERVAL };
    }
  };
}
