import type { TokenEndpointGrantContext } from 'oidc-provider';
import { OAuthError } from '../openid/oauth-error.js';
import { DpopProofError, verifyDpopProof } from '../openid/proof-of-possession.js';
import type { Tenant } from '../state/tenant.js';

/**
 * A refresh token of a DPoP session is exchanged by who has the session's key, as it is used for anything else.
 *
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/refresh-token-exchange-with-token-vault
 */
export async function assertProof(tenant: Tenant, ctx: TokenEndpointGrantContext, thumbprint: string): Promise<void> {
  try {
    const url = `${ctx.oidc.issuer}oauth/token`;
    await verifyDpopProof(tenant, { proof: ctx.get('dpop'), method: 'POST', url, thumbprint });
  } catch (cause) {
    if (!(cause instanceof DpopProofError)) throw cause;
    throw new OAuthError(400, cause.code, cause.message);
  }
}
