import { Inject, Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify, type CryptoKey, type JWSHeaderParameters, type JWTPayload } from 'jose';
import { InvalidLogoutTokenError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { issuerOf } from '../issuer/issuer.js';
import { ISSUER_KEYS, type IssuerKeys } from '../issuer/issuer-keys.js';

/** Never HS*, where whoever knows the public key could sign, and never `none`. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256'];
const TYPES = new Set(['logout+jwt', 'application/logout+jwt']);
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Auth0's live as long. */
const LIFETIME_SECONDS = 120;
/** Clocks differ. */
const LEEWAY_SECONDS = 30;
const LONGEST_TOKEN = 16_384;

/** Whom Auth0 has logged out. */
export interface LogoutNotice {
  readonly issuerOrigin: string;
  /** Unique within the domain. */
  readonly tokenId: string;
  /** UNIX seconds. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch: from then on the token is refused. */
  readonly expiresAt: number;
  readonly target: { readonly sid: string } | { readonly userId: string };
}

/**
 * Checks logout tokens.
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html section 2.6
 */
@Injectable()
export class LogoutTokenVerifier {
  constructor(
    @Inject(ISSUER_KEYS) private readonly keys: IssuerKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws InvalidLogoutTokenError
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the signing keys cannot be read
   */
  async verify(token: string): Promise<LogoutNotice> {
    if (token.length > LONGEST_TOKEN) throw new InvalidLogoutTokenError('it is too long');
    const issuerOrigin = this.domainOf(token);
    const claims = await this.readSigned(token, issuerOrigin);
    assertLogoutEvent(claims);
    if (Object.hasOwn(claims, 'nonce')) throw new InvalidLogoutTokenError('it has a nonce, as an ID token has');
    const issuedAt = Math.floor(Number(claims.iat));
    return {
      issuerOrigin,
      tokenId: textOf(claims, 'jti') ?? missing('jti'),
      issuedAt,
      expiresAt: (issuedAt + LIFETIME_SECONDS + LEEWAY_SECONDS) * 1000,
      target: targetOf(claims),
    };
  }

  /** The allowed domain that the token says it is from. Several of one tenant sign with the same keys. */
  private domainOf(token: string): string {
    const { iss } = decode(token);
    const issuerOrigin = this.options.issuerOrigins.find((allowed) => issuerOf(allowed) === iss);
    if (issuerOrigin === undefined) throw new InvalidLogoutTokenError('it is of another issuer');
    return issuerOrigin;
  }

  private async readSigned(token: string, issuerOrigin: string): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, (header) => this.keyFor(issuerOrigin, header), {
        algorithms: ALGORITHMS,
        issuer: issuerOf(issuerOrigin),
        audience: this.options.clientId,
        clockTolerance: LEEWAY_SECONDS,
        maxTokenAge: LIFETIME_SECONDS,
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['iat', 'jti', 'events'],
      });
      assertType(protectedHeader.typ);
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new InvalidLogoutTokenError(reasonOf(error), { cause: error });
      if (error instanceof TypeError) throw new InvalidLogoutTokenError('it cannot be read', { cause: error });
      throw error;
    }
  }

  private async keyFor(issuerOrigin: string, header: JWSHeaderParameters): Promise<CryptoKey> {
    const key = await this.keys.find(issuerOrigin, header);
    if (!key) throw new InvalidLogoutTokenError('it is signed with an unknown key');
    return key;
  }
}

function decode(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw new InvalidLogoutTokenError('it is not a JWT', { cause });
  }
}

/** Auth0 sets one; where there is none the claims alone tell a logout token from others. */
function assertType(type: string | undefined): void {
  if (type !== undefined && !TYPES.has(type.toLowerCase())) {
    throw new InvalidLogoutTokenError('it is a token of another kind');
  }
}

function assertLogoutEvent({ events }: JWTPayload): void {
  if (!isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(events[EVENT])) {
    throw new InvalidLogoutTokenError('it tells of no logout');
  }
}

/** With a `sid` it is about that session alone, whoever's it is. */
function targetOf(claims: JWTPayload): LogoutNotice['target'] {
  const userId = textOf(claims, 'sub');
  const sid = textOf(claims, 'sid');
  if (sid !== undefined) return { sid };
  return userId === undefined ? missing('sub" or "sid') : { userId };
}

function textOf(claims: JWTPayload, name: string): string | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidLogoutTokenError(`its claim "${name}" is not text`);
}

function missing(names: string): never {
  throw new InvalidLogoutTokenError(`it has no "${names}"`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it is too old';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'aud' ? 'it is for another application' : `its claim "${error.claim}" is not as it must be`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed with an algorithm that is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it cannot be read';
}
