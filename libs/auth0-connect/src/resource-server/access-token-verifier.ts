import { Inject, Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { ConfigurationError, InvalidAccessTokenError } from '../errors/index.js';
import { SignedTokenVerifier } from '../issuer/signed-token.verifier.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { userKeyOf } from '../session/keys.js';
import { deepFreeze } from '../shared/deep-freeze.js';
import { isIdentifier } from '../shared/identifier.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import { isForOrganization } from '../shared/organization.js';
import type { MaybePromise } from '../shared/maybe-promise.js';
import { wholeSeconds } from '../shared/whole-seconds.js';
import { RememberedAccessTokens } from './remembered-access-tokens.js';
import { verifiedAccessToken, type VerifiedAccessToken } from './verified-access-token.js';

/** Auth0's own profile and that of RFC 9068. A proof, a logout token or a request object is no access token. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** RFC 6750 section 2.1. */
const B64TOKEN = /^[\w.~+/-]+=*$/;

/** Checks the access tokens that callers of this API present. */
@Injectable()
export class AccessTokenVerifier {
  constructor(
    @Inject(SignedTokenVerifier) private readonly tokens: SignedTokenVerifier,
    @Inject(RememberedAccessTokens) private readonly remembered: RememberedAccessTokens,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * At once for a token that is remembered.
   * @throws InvalidAccessTokenError
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the signing keys cannot be read
   */
  verify(accessToken: string): MaybePromise<VerifiedAccessToken> {
    return this.remembered.find(accessToken) ?? this.verifyAnew(accessToken);
  }

  private async verifyAnew(accessToken: string): Promise<VerifiedAccessToken> {
    if (!B64TOKEN.test(accessToken)) throw new InvalidAccessTokenError('malformed');
    const { claims, issuerOrigin, keySet } = await this.tokens.verify(accessToken, {
      audience: this.audience(),
      types: TYPES,
      requiredClaims: ['exp', 'iat', 'sub'],
      reasons: { expired: 'it has expired', otherAudience: 'it is for another API' },
      refusal: (reason, options) => new InvalidAccessTokenError(reason, options),
    });
    const expiresAt = this.endOf(claims);
    const { sub } = claims;
    if (!isIdentifier(sub)) throw new InvalidAccessTokenError('it names no user');
    this.assertOrganization(claims);
    const userKey = userKeyOf(this.options, issuerOrigin, sub);
    const checked = { issuerOrigin, userKey, userId: sub, scopes: scopesOf(claims.scope), expiresAt };
    const verified = deepFreeze(verifiedAccessToken(checked, claims));
    this.remembered.remember(accessToken, verified, keySet);
    return verified;
  }

  private audience(): string {
    const { apiAudience } = this.options;
    if (apiAudience === undefined) throw new ConfigurationError(['apiAudience is required to take access tokens']);
    return apiAudience;
  }

  /** Milliseconds since the epoch. */
  private endOf({ exp, iat }: JWTPayload): number {
    const end = wholeSeconds(exp);
    const issuedAt = wholeSeconds(iat);
    if (end === undefined) throw new InvalidAccessTokenError('exp is not a number');
    if (issuedAt === undefined || issuedAt > this.clock.now() / 1000 + LEEWAY_SECONDS) {
      throw new InvalidAccessTokenError('iat is in the future');
    }
    return end * 1000;
  }

  /** An application for one organization is so for its callers, too. */
  private assertOrganization(claims: JWTPayload): void {
    const { organization } = this.options.authorizationParams;
    if (organization !== undefined && !isForOrganization(claims, organization)) {
      throw new InvalidAccessTokenError('it is for another organization');
    }
  }
}

function scopesOf(scope: unknown): string[] {
  if (scope === undefined) return [];
  if (typeof scope !== 'string') throw new InvalidAccessTokenError('its scopes cannot be read');
  return scope.split(' ').filter((name) => name !== '');
}
