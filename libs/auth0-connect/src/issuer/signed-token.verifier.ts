import { Inject, Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import { ISSUER_KEYS, type IssuerKeys } from './issuer-keys.js';
import { issuerOf } from './issuer.js';

/** Never HS*, where whoever knows the public key could sign, and never `none`. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256'];

/** What a token of one kind must be, and what is said of one that is not. */
export interface TokenRules {
  readonly audience: string;
  /** `typ` in lower case; a token without one is judged by its claims alone. */
  readonly types: ReadonlySet<string>;
  readonly requiredClaims: readonly string[];
  /** Seconds since `iat`. Default: `exp` alone counts. */
  readonly maxAgeSeconds?: number;
  /** Its sender tries again: a key that may be new is waited for, and not refused. Default false. */
  readonly comesAgain?: boolean;
  readonly reasons: { readonly expired: string; readonly otherAudience: string };
  /** The error for a token that will never do. Its reason holds nothing of the token. */
  readonly refusal: (reason: string, options: { cause?: unknown }) => Error;
}

/** A token that has passed. */
export interface SignedToken {
  readonly claims: JWTPayload;
  /** The domain that it is from. */
  readonly issuerOrigin: string;
  /** The set of keys it was checked with, or an earlier one; undefined where none had been read before. */
  readonly keySet: object | undefined;
}

/**
 * Checks tokens that Auth0 has signed for us, of whatever kind.
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
@Injectable()
export class SignedTokenVerifier {
  constructor(
    @Inject(ISSUER_KEYS) private readonly keys: IssuerKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'issuerOrigins'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws the rules' refusal
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the signing keys cannot be read
   */
  async verify(token: string, rules: TokenRules): Promise<SignedToken> {
    const issuerOrigin = this.issuerOriginOf(token, rules);
    const keySet = this.keys.currentSet(issuerOrigin);
    return { claims: await this.readSigned(token, issuerOrigin, rules), issuerOrigin, keySet };
  }

  /** The allowed domain that the token says it is from. Nothing is asked of any other. */
  private issuerOriginOf(token: string, { refusal }: TokenRules): string {
    const { iss } = decode(token, refusal);
    const origin = this.options.issuerOrigins.find((allowed) => issuerOf(allowed) === iss);
    if (origin === undefined) throw refusal('it is of another issuer', {});
    return origin;
  }

  private async readSigned(token: string, issuerOrigin: string, rules: TokenRules): Promise<JWTPayload> {
    const { refusal } = rules;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        async (header) => {
          const key = await this.keys.find(issuerOrigin, header, { mustBeCurrent: rules.comesAgain ?? false });
          if (!key) throw refusal('it is signed with an unknown key', {});
          return key;
        },
        {
          algorithms: ALGORITHMS,
          issuer: issuerOf(issuerOrigin),
          audience: rules.audience,
          clockTolerance: LEEWAY_SECONDS,
          maxTokenAge: rules.maxAgeSeconds,
          currentDate: new Date(this.clock.now()),
          requiredClaims: [...rules.requiredClaims],
        },
      );
      if (protectedHeader.typ !== undefined && !rules.types.has(protectedHeader.typ.toLowerCase())) {
        throw refusal('it is a token of another kind', {});
      }
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refusal(reasonOf(error, rules), { cause: error });
      if (error instanceof TypeError) throw refusal('it cannot be read', { cause: error });
      throw error;
    }
  }
}

function decode(token: string, refusal: TokenRules['refusal']): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw refusal('it is not a JWT', { cause });
  }
}

function reasonOf(error: errors.JOSEError, { reasons }: TokenRules): string {
  if (error instanceof errors.JWTExpired) return reasons.expired;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'aud' ? reasons.otherAudience : `its claim "${error.claim}" is not as it must be`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed with an algorithm that is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it cannot be read';
}
