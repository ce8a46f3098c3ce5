import { createLocalJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { clientCertificate, type Context } from '../http/context.js';
import { isRecord, textOf, words } from '../values.js';
import { myAccountAudience } from '../state/audiences.js';
import {
  certificateThumbprint,
  DPOP_ALGORITHMS,
  DpopProofError,
  verifyDpopProof,
} from '../openid/proof-of-possession.js';
import { verificationKeys } from '../openid/verification-keys.js';
import type { Tenant } from '../state/tenant.js';
import { MyAccountError } from './error-response.js';

/** Who calls the My Account API. */
export interface Caller {
  userId: string;
  clientId: string;
  organization?: string;
}

/** Checks the access token of a request: of this tenant and host, for this API, alive, bound as it says, and of a user. */
export async function authorize(tenant: Tenant, issuer: string, ctx: Context, scope: string): Promise<Caller> {
  const { scheme, token } = presentedToken(ctx);
  const payload = await verify(tenant, issuer, scheme, token);
  await checkBinding(tenant, issuer, ctx, scheme, token, payload);
  const clientId = payload.azp ?? payload.client_id;
  if (!tenant.users.has(payload.sub ?? '') || typeof clientId !== 'string') {
    throw new MyAccountError(403, 'The access token is not of a user.');
  }
  if (!words(payload.scope).includes(scope)) {
    throw new MyAccountError(403, `Insufficient scope, expected: ${scope}`, undefined, {
      'www-authenticate': `${scheme} error="insufficient_scope", error_description="Insufficient scope", scope="${scope}"`,
    });
  }
  return { userId: payload.sub!, clientId, organization: textOf(payload.org_id) };
}

function presentedToken(ctx: Context): { scheme: 'Bearer' | 'DPoP'; token: string } {
  const header = ctx.get('authorization');
  const match = /^(bearer|dpop) +([\w.~+/-]+=*)$/i.exec(header);
  if (!match) {
    throw new MyAccountError(
      401,
      header ? 'Bad HTTP authentication header format' : 'Missing authentication',
      undefined,
      {
        'www-authenticate': header ? 'Bearer error="invalid_request"' : 'Bearer',
      },
    );
  }
  return { scheme: match[1]!.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token: match[2]! };
}

async function verify(tenant: Tenant, issuer: string, scheme: string, token: string): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(verificationKeys(tenant)), {
      issuer,
      audience: myAccountAudience(issuer),
      algorithms: ['RS256'],
      currentDate: new Date(Date.now()),
    });
    return payload;
  } catch (cause) {
    throw invalidToken(scheme, describe(cause));
  }
}

async function checkBinding(
  tenant: Tenant,
  issuer: string,
  ctx: Context,
  scheme: 'Bearer' | 'DPoP',
  token: string,
  payload: JWTPayload,
): Promise<void> {
  const cnf = isRecord(payload.cnf) ? payload.cnf : {};
  const jkt = textOf(cnf.jkt);
  const x5t = textOf(cnf['x5t#S256']);
  if ((jkt !== undefined) !== (scheme === 'DPoP')) {
    throw invalidToken(scheme, jkt === undefined ? 'the token is not DPoP bound' : 'the token is DPoP bound');
  }
  if (x5t !== undefined && x5t !== certificateThumbprint(clientCertificate(ctx))) {
    throw invalidToken(scheme, 'the token is bound to another certificate');
  }
  if (jkt === undefined) return;
  try {
    await verifyDpopProof(tenant, {
      proof: ctx.get('dpop'),
      method: ctx.method,
      url: new URL(ctx.path, issuer).href,
      accessToken: token,
      thumbprint: jkt,
    });
  } catch (cause) {
    if (!(cause instanceof DpopProofError)) throw cause;
    throw new MyAccountError(401, cause.message, undefined, {
      'www-authenticate': `DPoP error="${cause.code}", error_description="${cause.message}", algs="${DPOP_ALGORITHMS.join(' ')}"`,
      ...(cause.nonce === undefined ? undefined : { 'dpop-nonce': cause.nonce }),
    });
  }
}

function invalidToken(scheme: string, detail: string): MyAccountError {
  return new MyAccountError(401, `Invalid token: ${detail}`, undefined, {
    'www-authenticate': `${scheme} error="invalid_token", error_description="${detail}"`,
  });
}

function describe(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'it has expired';
  if (cause instanceof errors.JWTClaimValidationFailed) return `its ${cause.claim} is wrong`;
  return 'it is not an access token of this tenant';
}
