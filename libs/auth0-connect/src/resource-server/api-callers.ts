import { Inject, Injectable } from '@nestjs/common';
import { AccessTokenRequiredError, InvalidAccessTokenError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { ApiCaller } from './api-caller.js';
import { DpopProofVerifier } from './dpop-proof.verifier.js';

/** What a request brings to say who it is by. */
export interface CallerCredentials {
  /** The one `Authorization` header. */
  readonly authorization: string | undefined;
  /** The `DPoP` header. */
  readonly proof: string | undefined;
  readonly method: string;
  /** The address of the request, as the caller sees it. */
  readonly url: string;
}

/** Finds out who calls this API, by the access token. */
@Injectable()
export class ApiCallers {
  constructor(
    @Inject(AccessTokenVerifier) private readonly tokens: AccessTokenVerifier,
    @Inject(DpopProofVerifier) private readonly proofs: DpopProofVerifier,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @throws AccessTokenRequiredError, InvalidAccessTokenError, InvalidDpopProofError */
  async identify(credentials: CallerCredentials): Promise<ApiCaller> {
    const { scheme, accessToken } = this.presented(credentials.authorization);
    const verified = await this.tokens.verify(accessToken);
    const thumbprint = thumbprintOf(verified.claims.cnf);
    if (scheme === 'dpop') {
      if (thumbprint === undefined) throw new InvalidAccessTokenError('it is bound to no key');
      await this.proofs.accept({ ...credentials, accessToken, thumbprint });
    } else if (thumbprint !== undefined) {
      throw new InvalidAccessTokenError('it is bound to a key, and has to come with a proof (DPoP)');
    } else if (this.options.apiDpop === 'required') {
      throw new InvalidAccessTokenError('only tokens that are bound to a key are taken (DPoP)');
    }
    return new ApiCaller(verified);
  }

  private presented(authorization: string | undefined): { scheme: 'bearer' | 'dpop'; accessToken: string } {
    const [name = '', accessToken = '', ...rest] = (authorization ?? '').split(' ');
    const scheme = name.toLowerCase();
    const known = scheme === 'bearer' || (scheme === 'dpop' && this.options.apiDpop !== 'disabled');
    if (!known) throw new AccessTokenRequiredError();
    if (!/^[\w.~+/-]+=*$/.test(accessToken) || rest.length > 0) {
      throw new InvalidAccessTokenError('malformed');
    }
    return { scheme, accessToken };
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
