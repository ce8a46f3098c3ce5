import { Inject, Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { ConfigurationError, InvalidAccessTokenError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { userKeyOf } from '../session/keys.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { issuerOf } from '../issuer/issuer.js';
import { ISSUER_KEYS, type IssuerKeys } from '../issuer/issuer-keys.js';
import type { VerifiedAccessToken } from './api-caller.js';

/** Never HS*, where whoever knows the public key could sign, and never `none`. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256'];
/** Auth0's own profile and that of RFC 9068. A proof, a logout token or a request object is no access token. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
/** Clocks differ. */
const LEEWAY_SECONDS = 30;

/** Checks the access tokens that callers of this API present. */
@Injectable()
export class AccessTokenVerifier {
  constructor(
    @Inject(ISSUER_KEYS) private readonly keys: IssuerKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws InvalidAccessTokenError
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the signing keys cannot be read
   */
  async verify(accessToken: string): Promise<VerifiedAccessToken> {
    const audience = this.audience();
    const issuerOrigin = this.domainOf(accessToken);
    const claims = await this.readSigned(accessToken, issuerOrigin, audience);
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

  /** The allowed domain that the token says it is from. Nothing is asked of any other. */
  private domainOf(accessToken: string): string {
    const { iss } = decode(accessToken);
    const issuerOrigin = this.options.issuerOrigins.find((allowed) => issuerOf(allowed) === iss);
    if (issuerOrigin === undefined) throw new InvalidAccessTokenError('it is of another issuer');
    return issuerOrigin;
  }

  private async readSigned(accessToken: string, issuerOrigin: string, audience: string): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(
        accessToken,
        async (header) => {
          const key = await this.keys.find(issuerOrigin, header);
          if (!key) throw new InvalidAccessTokenError('it is signed with an unknown key');
          return key;
        },
        {
          algorithms: ALGORITHMS,
          issuer: issuerOf(issuerOrigin),
          audience,
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(this.clock.now()),
          requiredClaims: ['exp', 'iat', 'sub'],
        },
      );
      if (protectedHeader.typ !== undefined && !TYPES.has(protectedHeader.typ.toLowerCase())) {
        throw new InvalidAccessTokenError('it is a token of another kind');
      }
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new InvalidAccessTokenError(reasonOf(error), { cause: error });
      if (error instanceof TypeError) throw new InvalidAccessTokenError('it cannot be read', { cause: error });
      throw error;
    }
  }

  private assertTimes({ exp, iat }: JWTPayload): void {
    const latest = this.clock.now() / 1000 + LEEWAY_SECONDS;
    if (!Number.isFinite(exp)) throw new InvalidAccessTokenError('its end is no point in time');
    if (!Number.isFinite(iat) || Number(iat) > latest) throw new InvalidAccessTokenError('it is from the future');
  }
}

function decode(accessToken: string): JWTPayload {
  try {
    return decodeJwt(accessToken);
  } catch (cause) {
    throw new InvalidAccessTokenError('it is not a JWT', { cause });
  }
}

function scopesOf(scope: unknown): string[] {
  if (scope === undefined) return [];
  if (typeof scope !== 'string') throw new InvalidAccessTokenError('its scopes cannot be read');
  return scope.split(' ').filter((name) => name !== '');
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'aud' ? 'it is for another API' : `its claim "${error.claim}" is not as it must be`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed with an algorithm that is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it cannot be read';
}
