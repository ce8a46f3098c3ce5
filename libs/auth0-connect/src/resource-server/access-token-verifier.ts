import { Inject, Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { ConfigurationError, InvalidAccessTokenError } from '../errors/index.js';
import { SignedTokenVerifier } from '../issuer/signed-token.verifier.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { userKeyOf } from '../session/keys.js';
import { isIdentifier } from '../shared/identifier.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import { isForOrganization } from '../shared/organization.js';
import { wholeSeconds } from '../shared/whole-seconds.js';
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
    const expiresAt = this.endOf(claims);
    const { sub } = claims;
    if (!isIdentifier(sub)) throw new InvalidAccessTokenError('it names no user');
    this.assertOrganization(claims);
    return {
      accessToken,
      issuerOrigin,
      userKey: userKeyOf(this.options, issuerOrigin, sub),
      userId: sub,
      scopes: scopesOf(claims.scope),
      claims: Object.freeze({ ...claims }),
      expiresAt,
    };
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
