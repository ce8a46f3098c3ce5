import { bodyParameters, receivedRequest, type Context, type Middleware } from '../http/context.js';
import { handBackAsForm } from '../http/request-body.js';
import { auth0Error } from './auth0-errors.js';
import { POLL_INTERVAL } from '../state/backchannel-requests.js';
import { authorizationDetailsOf } from './ciba.js';
import { authMethod, CIBA_GRANT } from './client-metadata.js';
import { errorOf } from './request-errors.js';
import { withIndicator } from './resource-parameter.js';
import { PUSHED_REQUEST_LIFETIME } from '../state/openid-store.js';
import type { Tenant } from '../state/tenant.js';
import { isRecord, textOf } from '../values.js';

/** Where clients authenticate, and whether Auth0 takes JSON there beside forms. */
const ENDPOINTS = new Map([
  ['/oauth/token', { takesJson: true }],
  ['/oauth/revoke', { takesJson: true }],
  ['/oauth/par', { takesJson: false }],
  ['/bc-authorize', { takesJson: false }],
]);

const FORM = 'application/x-www-form-urlencoded';

const SLOW_DOWN = {
  status: 400,
  body: { error: 'slow_down', error_description: `Poll every ${POLL_INTERVAL} seconds at most.` },
};

const PUBLIC_CLIENT = {
  status: 403,
  body: {
    error: 'unauthorized_client',
    error_description: 'Pushed authorization requests are for confidential clients.',
  },
};

const NO_DETAILS = {
  status: 400,
  body: {
    error: 'invalid_authorization_details',
    error_description: 'authorization_details must be a JSON array of objects with a type.',
  },
};

/** Gives oidc-provider the body in the form it reads, and its errors the codes, statuses and words of Auth0. */
export function oauthEndpoints(tenant: Tenant): Middleware {
  return async (ctx, next) => {
    const endpoint = ctx.method === 'POST' ? ENDPOINTS.get(ctx.path) : undefined;
    if (!endpoint) {
      await next();
      return;
    }
    const { contentType } = receivedRequest(ctx);
    if (contentType === FORM || (contentType === 'application/json' && endpoint.takesJson)) {
      handBackAsForm(ctx.req, withIndicator(bodyParameters(ctx)));
    }
    if (ctx.path === '/oauth/par' && isPublic(tenant, bodyParameters(ctx).client_id)) {
      answer(ctx, PUBLIC_CLIENT);
      return;
    }
    const request = bodyParameters(ctx);
    const details = authorizationDetailsOf(request.authorization_details);
    if (ctx.path === '/bc-authorize' && request.authorization_details !== undefined && !details) {
      answer(ctx, NO_DETAILS);
      return;
    }
    await next();
    const body: unknown = ctx.body;
    if (!isRecord(body)) return;
    if (ctx.status >= 400 && typeof body.error === 'string') {
      const isTooSoon =
        body.error === 'authorization_pending' && tenant.backchannel.polledTooSoon(textOf(request.auth_req_id) ?? '');
      answer(ctx, isTooSoon ? SLOW_DOWN : auth0Error(ctx.status, body, errorOf(ctx), request));
    } else if (body.access_token !== undefined && body.scope === undefined && request.grant_type === 'refresh_token') {
      // Everything asked for was dropped: said outright, for a missing scope would mean "as asked".
      ctx.body = { ...body, scope: '' };
    } else if (body.request_uri !== undefined) {
      ctx.body = { ...body, expires_in: PUSHED_REQUEST_LIFETIME };
    } else if (ctx.path === '/bc-authorize' && body.auth_req_id !== undefined) {
      if (details) tenant.backchannel.describe(textOf(body.auth_req_id) ?? '', details);
      ctx.body = { ...body, interval: POLL_INTERVAL };
    } else if (body.access_token !== undefined && request.grant_type === CIBA_GRANT) {
      const approved = tenant.backchannel.detailsOf(textOf(request.auth_req_id) ?? '');
      ctx.body = { ...body, ...(approved && { authorization_details: approved }) };
    }
  };
}

function answer(ctx: Context, { status, body }: { status: number; body: Record<string, unknown> }): void {
  ctx.status = status;
  ctx.body = body;
}

function isPublic(tenant: Tenant, clientId: unknown): boolean {
  const client = tenant.clients.get(textOf(clientId) ?? '');
  return client !== undefined && authMethod(client) === 'none';
}
