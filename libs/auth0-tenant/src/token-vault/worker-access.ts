import { BlockList, isIP } from 'node:net';
import { OAuthError } from '../openid/oauth-error.js';
import type { PrivilegedWorkerAccess, TenantConnection } from '../options.js';
import type { ConnectedAccount } from '../state/token-vault.js';

/** Providers whose tokens always have every scope that was granted. */
const NO_DOWNSCOPING = new Set(['github', 'slack']);

/** Refuses a privileged worker who calls from elsewhere than it said. */
export function assertAllowedAddress({ ipAllowlist }: PrivilegedWorkerAccess, address: string): void {
  const allowed = new BlockList();
  for (const entry of ipAllowlist) {
    const [network = '', prefix] = entry.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) allowed.addAddress(network, family);
    else allowed.addSubnet(network, Number(prefix), family);
  }
  if (allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) return;
  throw new OAuthError(403, 'access_denied', `The address ${address} is not in the ip_allowlist of this client.`);
}

/** Refuses a privileged worker a connection that it was not granted. */
export function assertGrantedConnection({ grants }: PrivilegedWorkerAccess, connection: string): void {
  if (grants.some((grant) => grant.connection === connection)) return;
  throw new OAuthError(403, 'access_denied', `The connection ${connection} is not in the grants of this client.`);
}

/**
 * The scopes of the token that a privileged worker gets: those it asked for or, when it asked for none, all the user
 * granted; never any beyond its grants. A provider that cannot narrow a token gives the whole one or none.
 */
export function scopesForWorker(
  { grants }: PrivilegedWorkerAccess,
  connection: TenantConnection,
  account: ConnectedAccount,
  asked: string[] | undefined,
): string[] {
  const granted = grants.find((grant) => grant.connection === connection.name)?.scopes ?? [];
  const foreign = (asked ?? []).filter((scope) => !granted.includes(scope));
  if (foreign.length > 0) {
    throw new OAuthError(403, 'access_denied', `Scopes not in the grants of this client: ${foreign.join(' ')}`);
  }
  if (asked?.some((scope) => !account.scopes.includes(scope))) {
    throw providerRefuses('The provider gives no scopes that the user has not granted.');
  }
  const wanted = asked ?? granted;
  const scopes = account.scopes.filter((scope) => wanted.includes(scope));
  const downscoping = connection.downscoping ?? !NO_DOWNSCOPING.has(connection.strategy);
  if (scopes.length === account.scopes.length || downscoping) return scopes;
  throw providerRefuses('The provider gives no token of fewer scopes than the user granted.');
}

/** What the vault says when the provider does not give the token that is wanted. */
function providerRefuses(description: string): OAuthError {
  return new OAuthError(401, 'federated_connection_refresh_token_flow_failed', description);
}
