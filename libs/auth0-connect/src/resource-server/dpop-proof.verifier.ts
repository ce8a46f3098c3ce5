import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify, type JWK, type JWTVerifyResult } from 'jose';
import { InvalidDpopProofError } from '../errors/index.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import { REPLAY_STORE, type ReplayStore } from '../ports/replay-store.js';

/** What a proof may be signed with: nothing that both sides would have to know. */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519'];

const TYPE = 'dpop+jwt';
/** How old a proof may be. */
const LIFETIME_SECONDS = 60;
/** The clocks of two processes that look at one proof differ too. */
const REMEMBER_LONGER_MS = 60_000;
const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What a proof has to fit. */
export interface ExpectedProof {
  readonly proof: string | undefined;
  readonly method: string;
  /** Where the caller sent the request, as the caller sees it. */
  readonly url: string;
  readonly accessToken: string;
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string;
}

/**
 * Proofs that a caller holds the key its access token is bound to.
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
 */
@Injectable()
export class DpopProofVerifier {
  constructor(
    @Inject(REPLAY_STORE) private readonly replays: ReplayStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Accepts a proof, and only once. @throws InvalidDpopProofError */
  async accept(expected: ExpectedProof): Promise<void> {
    const { payload, protectedHeader } = await this.readSigned(expected.proof);
    const { jti, htm, htu, ath, iat } = payload;
    if (protectedHeader.typ !== TYPE) throw new InvalidDpopProofError('it is a token of another kind');
    if (typeof jti !== 'string' || jti === '') throw new InvalidDpopProofError('"jti" is missing');
    if (htm !== expected.method) throw new InvalidDpopProofError('"htm" is not the method of the request');
    const address = normalized(expected.url);
    if (address === undefined || normalized(htu) !== address) {
      throw new InvalidDpopProofError('"htu" is not the address of the request');
    }
    if (ath !== digestOf(expected.accessToken)) throw new InvalidDpopProofError('"ath" is of another access token');
    const issuedAt = this.assertRecent(iat);
    await assertBound(protectedHeader.jwk, expected.thumbprint);
    const goodUntil = (issuedAt + LIFETIME_SECONDS + LEEWAY_SECONDS) * 1000 + REMEMBER_LONGER_MS;
    if (!(await this.replays.remember('dpop', `${expected.thumbprint} ${jti}`, Math.ceil(goodUntil)))) {
      throw new InvalidDpopProofError('it was used before');
    }
  }

  private async readSigned(proof: string | undefined): Promise<JWTVerifyResult> {
    if (proof === undefined || proof === '') throw new InvalidDpopProofError('it is missing');
    try {
      return await jwtVerify(
        proof,
        async (header, token) => {
          const { jwk } = header ?? {};
          if (jwk && PRIVATE_PARTS.some((part) => Object.hasOwn(jwk, part))) {
            throw new InvalidDpopProofError('its key is not a public one');
          }
          return EmbeddedJWK(header, token);
        },
        {
          algorithms: DPOP_ALGORITHMS,
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(this.clock.now()),
        },
      );
    } catch (error) {
      if (error instanceof InvalidDpopProofError) throw error;
      const ofJose = error instanceof errors.JOSEError;
      const reason =
        error instanceof errors.JOSEAlgNotAllowed ? 'its algorithm is not allowed' : 'it is not a signed JWT';
      // A key that cannot be imported is a TypeError or a DOMException.
      if (ofJose || error instanceof TypeError || error instanceof DOMException) {
        throw new InvalidDpopProofError(reason, { cause: error });
      }
      throw error;
    }
  }

  private assertRecent(iat: unknown): number {
    const now = this.clock.now() / 1000;
    if (typeof iat !== 'number' || !(iat >= now - LIFETIME_SECONDS - LEEWAY_SECONDS && iat <= now + LEEWAY_SECONDS)) {
      throw new InvalidDpopProofError('"iat" is not recent');
    }
    return iat;
  }
}

async function assertBound(jwk: JWK | undefined, thumbprint: string): Promise<void> {
  if (!jwk || (await calculateJwkThumbprint(jwk, 'sha256')) !== thumbprint) {
    throw new InvalidDpopProofError('its key is not the one that the access token is bound to');
  }
}

/** `ath`, RFC 9449 section 4.2. */
function digestOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url');
}

/** An address to be compared: without query and fragment, its spelling normalized (RFC 3986 section 6.2.2). */
function normalized(address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!['https:', 'http:'].includes(url.protocol) || url.username || url.password) return undefined;
  const path = url.pathname.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase();
  });
  return `${url.origin}${path}`;
}
