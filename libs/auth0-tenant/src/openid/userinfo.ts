import { createLocalJWKSet, jwtVerify } from 'jose';
import { bodyParameters, receivedRequest, type Context, type Middleware } from '../http/context.js';
import { allowBrowsers } from '../http/cors.js';
import { handBackAsForm } from '../http/request-body.js';
import { isRecord, textOf, words } from '../values.js';
import type { Tenant } from '../state/tenant.js';
import { claimsByScope, claimsOf } from './claims.js';
import { DPOP_ALGORITHMS, DpopProofError, verifyDpopProof } from './proof-of-possession.js';
import { verificationKeys } from './verification-keys.js';

interface Presented {
  scheme: 'Bearer' | 'DPoP';
  token: string;
}

/** Serves userinfo to JWT access tokens with `openid`, which oidc-provider does for opaque ones only. */
export function userinfoForJwts(tenant: Tenant, issuer: string): Middleware {
  return async (ctx, next) => {
    const presented = ctx.path === '/userinfo' ? presentedToken(ctx) : undefined;
    if (presented?.token.split('.').length !== 3) {
      if (isForm(ctx)) handBackAsForm(ctx.req, bodyParameters(ctx));
      await next();
      return;
    }
    allowBrowsers(tenant, ctx);
    try {
      ctx.body = await claimsFor(tenant, issuer, ctx, presented);
    } catch (error) {
      refuse(ctx, issuer, error);
    }
  };
}

/** Whether oidc-provider is to read a form that was read already. */
function isForm(ctx: Context): boolean {
  return ctx.path === '/userinfo' && receivedRequest(ctx).contentType === 'application/x-www-form-urlencoded';
}

/** The header, or (of a token that is not bound) the query or a form, as RFC 6750 lets a client choose. */
function presentedToken(ctx: Context): Presented | undefined {
  const [scheme, token] = ctx.get('authorization').split(' ');
  if (scheme && token) return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
  const other = textOf(ctx.query.access_token) ?? textOf(bodyParameters(ctx).access_token);
  return other === undefined ? undefined : { scheme: 'Bearer', token: other };
}

async function claimsFor(
  tenant: Tenant,
  issuer: string,
  ctx: Context,
  { scheme, token }: Presented,
): Promise<Record<string, unknown>> {
  const { payload } = await jwtVerify(token, createLocalJWKSet(verificationKeys(tenant)), {
    issuer,
    audience: `${issuer}userinfo`,
    currentDate: new Date(Date.now()),
  });
  const user = tenant.users.get(payload.sub ?? '');
  if (!user) throw new Error('the token is not of a user');
  const cnf = isRecord(payload.cnf) ? payload.cnf : {};
  const thumbprint = textOf(cnf.jkt);
  if ((thumbprint !== undefined) !== (scheme === 'DPoP') || cnf['x5t#S256'] !== undefined) {
    throw new Error('the token is bound in another way than it was presented');
  }
  if (thumbprint !== undefined) {
    const proof = {
      proof: ctx.get('dpop'),
      method: ctx.method,
      url: `${issuer}userinfo`,
      accessToken: token,
      thumbprint,
    };
    await verifyDpopProof(tenant, proof);
  }
  return pick(tenant, claimsOf(tenant, user, textOf(payload.org_id)), words(payload.scope));
}

function refuse(ctx: Context, issuer: string, error: unknown): void {
  const isProof = error instanceof DpopProofError;
  const code = isProof ? error.code : 'invalid_token';
  const description = isProof ? error.message : 'invalid token provided';
  ctx.status = 401;
  ctx.set(
    'www-authenticate',
    `${isProof ? 'DPoP' : 'Bearer'} realm="${issuer}", error="${code}", error_description="${description}"` +
      (isProof ? `, algs="${DPOP_ALGORITHMS.join(' ')}"` : ''),
  );
  if (isProof && error.nonce !== undefined) ctx.set('dpop-nonce', error.nonce);
  ctx.body = { error: code, error_description: description };
}

function pick(tenant: Tenant, claims: Record<string, unknown>, scopes: string[]): Record<string, unknown> {
  const byScope = claimsByScope(tenant);
  const names = scopes.flatMap((scope) => byScope[scope] ?? []);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => names.includes(name)));
}
