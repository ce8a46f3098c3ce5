import { authMethod } from '../openid/client-metadata.js';
import { OAuthError } from '../openid/oauth-error.js';
import type { TenantClient } from '../options.js';

/**
 * The vault gives other people's tokens to clients that can prove who they are.
 *
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/configure-token-vault
 */
export function assertConfidential(client: TenantClient): void {
  if (authMethod(client) !== 'none') return;
  throw new OAuthError(403, 'unauthorized_client', 'Token Vault is for confidential clients.');
}

/** Whether a client may use the vault with its refresh tokens, which their rotation rules out. */
export function assertNoRotation(client: TenantClient): void {
  if (!client.refreshTokenRotation) return;
  throw new OAuthError(
    403,
    'unauthorized_client',
    'Token Vault does not work with refresh token rotation: turn rotation off for this client.',
  );
}
