import type { OidcContext } from '../http/context.js';
import { epochSeconds } from '../identifiers.js';
import { textOf } from '../values.js';
import { errors } from './oidc-provider.js';

/** How long an assertion may live, in seconds. */
const MAX_LIFETIME = 300;
/** How far a client's clock may be ahead, in seconds. */
const CLOCK_SKEW = 10;
const MAX_BYTES = 2048;
const MAX_ID_LENGTH = 64;

/**
 * What Auth0 asks of a client assertion beyond RFC 7523: the issuer as audience, five minutes at most, and no id or
 * assertion that is too long.
 *
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt
 */
export function checkClientAssertion(ctx: OidcContext, claims: Record<string, unknown>): void {
  const { aud, exp, iat, nbf, jti } = claims;
  const now = epochSeconds();
  if ([aud].flat().some((one) => one !== ctx.oidc.issuer)) throw refused(`aud must be ${ctx.oidc.issuer}`);
  if (
    Number(exp) - (typeof iat === 'number' ? iat : now) > MAX_LIFETIME ||
    Number(exp) - now > MAX_LIFETIME + CLOCK_SKEW
  ) {
    throw refused('the assertion may live for 5 minutes at most');
  }
  for (const [name, time] of Object.entries({ iat, nbf })) {
    if (time !== undefined && !(typeof time === 'number' && time <= now + CLOCK_SKEW)) {
      throw refused(`${name} is in the future`);
    }
  }
  if ((textOf(jti)?.length ?? 0) > MAX_ID_LENGTH) throw refused(`jti may have ${MAX_ID_LENGTH} characters at most`);
  if ((textOf(ctx.oidc.params?.client_assertion)?.length ?? 0) > MAX_BYTES) {
    throw refused(`the assertion may have ${MAX_BYTES} bytes at most`);
  }
}

function refused(detail: string) {
  return new errors.InvalidClientAuth(detail);
}
