import { Inject, Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { InvalidLogoutTokenError } from '../errors/index.js';
import { SignedTokenVerifier } from '../issuer/signed-token.verifier.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { isIdentifier } from '../shared/identifier.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';

/** A plain `JWT` too: all else about it is checked, and no other token of Auth0's has the event. */
const TYPES = new Set(['logout+jwt', 'application/logout+jwt', 'jwt']);
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Auth0's live as long. */
const LIFETIME_SECONDS = 120;
const LONGEST_TOKEN = 16_384;

/** From `iat` until a token is refused. */
export const LOGOUT_TOKEN_LIFETIME_MS = (LIFETIME_SECONDS + LEEWAY_SECONDS) * 1000;

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
    @Inject(SignedTokenVerifier) private readonly tokens: SignedTokenVerifier,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'clientId'>,
  ) {}

  /**
   * @throws InvalidLogoutTokenError
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the signing keys cannot be read
   */
  async verify(token: string): Promise<LogoutNotice> {
    if (token.length > LONGEST_TOKEN) throw new InvalidLogoutTokenError('it is too long');
    const { claims, issuerOrigin } = await this.tokens.verify(token, {
      audience: this.options.clientId,
      types: TYPES,
      requiredClaims: ['iat', 'jti', 'events'],
      maxAgeSeconds: LIFETIME_SECONDS,
      comesAgain: true,
      reasons: { expired: 'it is too old', otherAudience: 'it is for another application' },
      refusal: (reason, options) => new InvalidLogoutTokenError(reason, options),
    });
    assertLogoutEvent(claims);
    if (Object.hasOwn(claims, 'nonce')) throw new InvalidLogoutTokenError('it has a nonce, as an ID token has');
    const issuedAt = Math.floor(Number(claims.iat));
    return {
      issuerOrigin,
      tokenId: textOf(claims, 'jti') ?? missing('jti'),
      issuedAt,
      expiresAt: issuedAt * 1000 + LOGOUT_TOKEN_LIFETIME_MS,
      target: targetOf(claims),
    };
  }
}

function assertLogoutEvent({ events }: JWTPayload): void {
  if (!isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(events[EVENT])) {
    throw new InvalidLogoutTokenError('no logout event');
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
  if (isIdentifier(value)) return value;
  throw new InvalidLogoutTokenError(`its claim "${name}" is not text`);
}

function missing(names: string): never {
  throw new InvalidLogoutTokenError(`it has no "${names}"`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
