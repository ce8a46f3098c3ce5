import { Inject, Injectable } from '@nestjs/common';
import { AccessTokenRequiredError, InvalidAccessTokenError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { ApiCaller } from './api-caller.js';
import { DpopProofVerifier } from './dpop-proof.verifier.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

/** What a request brings to say who it is by. */
export interface CallerCredentials {
  /** The one `Authorization` header. */
  readonly authorization: string | undefined;
  /** The `DPoP` header. */
  readonly proof: string | undefined;
  readonly method: string;
  /** The address of the request, as the caller sees it. Only a proof has to fit it. */
  readonly url: () => string;
}

interface Presented {
  readonly scheme: 'bearer' | 'dpop';
  readonly accessToken: string;
}

/** Finds out who calls this API, by the access token. */
@Injectable()
export class ApiCallers {
  constructor(
    @Inject(AccessTokenVerifier) private readonly tokens: AccessTokenVerifier,
    @Inject(DpopProofVerifier) private readonly proofs: DpopProofVerifier,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * At once for a bearer token that is remembered.
   * @throws AccessTokenRequiredError, InvalidAccessTokenError, InvalidDpopProofError
   */
  identify(credentials: CallerCredentials): MaybePromise<ApiCaller> {
    const presented = this.presented(credentials.authorization);
    const { accessToken } = presented;
    return andThen(this.tokens.verify(accessToken), (verified) =>
      andThen(this.checkSender(verified, presented, credentials), () => new ApiCaller(verified, accessToken)),
    );
  }

  /** Whoever has only seen a token that is bound to a key cannot use it. Looked at with each request. */
  private checkSender(
    { claims }: VerifiedAccessToken,
    { scheme, accessToken }: Presented,
    { proof, method, url }: CallerCredentials,
  ): MaybePromise<void> {
    const thumbprint = thumbprintOf(claims.cnf);
    if (scheme === 'dpop') {
      if (thumbprint === undefined) throw new InvalidAccessTokenError('it is bound to no key');
      return this.proofs.accept({ proof, method, url: url(), accessToken, thumbprint });
    }
    if (thumbprint !== undefined) {
      throw new InvalidAccessTokenError('it is bound to a key, and has to come with a proof (DPoP)');
    }
    if (this.options.apiDpop === 'required') {
      throw new InvalidAccessTokenError('only tokens that are bound to a key are taken (DPoP)');
    }
  }

  private presented(authorization: string | undefined): Presented {
    const [name = ''] = authorization?.split(' ', 1) ?? [];
    const scheme = name.toLowerCase();
    const known = scheme === 'bearer' || (scheme === 'dpop' && this.options.apiDpop !== 'disabled');
    if (!known) throw new AccessTokenRequiredError();
    return { scheme, accessToken: authorization?.slice(name.length + 1) ?? '' };
  }
}

/** `cnf.jkt`, RFC 9449 section 6.1. A token that is bound in another way, or in two, cannot be checked here. */
function thumbprintOf(cnf: unknown): string | undefined {
  if (cnf === undefined) return undefined;
  const { jkt, ...others } = (typeof cnf === 'object' ? { ...cnf } : {}) as Record<string, unknown>;
  if (typeof jkt !== 'string' || jkt === '' || Object.keys(others).length > 0)
    throw new InvalidAccessTokenError('it is bound in an unknown way');
  return jkt;
}
