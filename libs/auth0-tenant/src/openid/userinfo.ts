import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Middleware } from '../http/context.js';
import { textOf, words } from '../values.js';
import type { Tenant } from '../tenant.js';
import { claimsByScope, claimsOf } from './claims.js';
import { verificationKeys } from './verification-keys.js';

/** Serves userinfo to JWT access tokens with `openid`, which oidc-provider does for opaque ones only. */
export function userinfoForJwts(tenant: Tenant, issuer: string): Middleware {
  return async (ctx, next) => {
    const [scheme, token] = ctx.get('authorization').split(' ');
    if (ctx.path !== '/userinfo' || scheme?.toLowerCase() !== 'bearer' || token?.split('.').length !== 3) {
      await next();
      return;
    }
    try {
      const keys = createLocalJWKSet(verificationKeys(tenant));
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: `${issuer}userinfo`,
        currentDate: new Date(Date.now()),
      });
      const user = tenant.users.get(payload.sub ?? '');
      if (!user || payload.cnf) throw new Error('no user, or a bound token without its proof');
      ctx.body = pick(tenant, claimsOf(tenant, user, textOf(payload.org_id)), words(payload.scope));
    } catch {
      ctx.status = 401;
      ctx.set('www-authenticate', `Bearer realm="${issuer}", error="invalid_token", error_description="invalid token"`);
      ctx.body = { error: 'invalid_token', error_description: 'invalid token provided' };
    }
  };
}

function pick(tenant: Tenant, claims: Record<string, unknown>, scopes: string[]): Record<string, unknown> {
  const byScope = claimsByScope(tenant);
  const names = scopes.flatMap((scope) => byScope[scope] ?? []);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => names.includes(name)));
}
