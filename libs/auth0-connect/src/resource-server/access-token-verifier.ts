import { Inject, Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { ConfigurationError, InvalidAccessTokenError } from '../errors/index.js';
import { SignedTokenVerifier } from '../issuer/signed-token.verifier.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { userKeyOf } from '../session/keys.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import type { VerifiedAccessToken } from './api-caller.js';

/** Auth0's own profile and that of RFC 9068. A proof, a logout token or a request object is no access token. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** Checks the access tokens that callers of this API present. */
@Injectable()
export class AccessTokenVerifier {
  constructor(
    @Inject(SignedTokenVerifier) private readonly tokens: SignedTokenVerifier,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws InvalidAccessTokenError
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the signing keys cannot be read
   */
  async verify(accessToken: string): Promise<VerifiedAccessToken> {
    const { claims, issuerOrigin } = await this.tokens.verify(accessToken, {
      audience: this.audience(),
      types: TYPES,
      requiredClaims: ['exp', 'iat', 'sub'],
      reasons: { expired: 'it has expired', otherAudience: 'it is for another API' },
      refusal: (reason, options) => new InvalidAccessTokenError(reason, options),
    });
    this.assertTimes(claims);
    const { sub, exp } = claims;
    if (typeof sub !== 'string' || sub === '') throw new InvalidAccessTokenError('it names no user');
    return {
      accessToken,
      issuerOrigin,
      userKey: userKeyOf(this.options, issuerOrigin, sub),
      userId: sub,
      scopes: scopesOf(claims.scope),
      claims: Object.freeze({ ...claims }),
      expiresAt: Number(exp) * 1000,
    };
  }

  private audience(): string {
    const { apiAudience } = this.options;
    if (apiAudience === undefined) throw new ConfigurationError(['apiAudience is required to take access tokens']);
    return apiAudience;
  }

  private assertTimes({ exp, iat }: JWTPayload): void {
    const latest = this.clock.now() / 1000 + LEEWAY_SECONDS;
    if (!Number.isFinite(exp)) throw new InvalidAccessTokenError('exp is not a number');
    if (!Number.isFinite(iat) || Number(iat) > latest) throw new InvalidAccessTokenError('iat is in the future');
  }
}

function scopesOf(scope: unknown): string[] {
  if (scope === undefined) return [];
  if (typeof scope !== 'string') throw new InvalidAccessTokenError('its scopes cannot be read');
  return scope.split(' ').filter((name) => name !== '');
}
