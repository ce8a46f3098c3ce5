import { importJWK, SignJWT, type JWTPayload } from 'jose';
import type { Session } from 'oidc-provider';
import { epochSeconds, randomId } from '../identifiers.js';
import type { Tenant } from '../state/tenant.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Auth0 gives an application this long to answer. */
const TIMEOUT_MS = 5000;

/** Signs a logout token; any claim or header may be replaced, or removed with `undefined`, to make a wrong one. */
export async function mintLogoutToken(
  tenant: Tenant,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = epochSeconds();
  const payload = {
    iss: tenant.issuers[0],
    iat: now,
    exp: now + 120,
    jti: randomId(24),
    events: { [EVENT]: {} },
    ...claims,
  } as JWTPayload;
  const key = tenant.keys.current;
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'logout+jwt', ...header })
    .sign(await importJWK(key, 'RS256'));
}

/** Posts a logout token as Auth0 does; 0 when nothing answered in time. */
export async function postLogoutToken(uri: string, token: string): Promise<number> {
  try {
    const response = await fetch(uri, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

/** Tells every client of an ended session that listens. */
export function notifySessionEnd(tenant: Tenant, issuer: string, session: Session): void {
  for (const [clientId, { sid }] of Object.entries(session.authorizations ?? {})) {
    const uri = tenant.clients.get(clientId)?.backchannelLogoutUri;
    if (uri === undefined) continue;
    void mintLogoutToken(tenant, { iss: issuer, aud: clientId, sub: session.accountId, sid }).then((token) =>
      postLogoutToken(uri, token),
    );
  }
}
