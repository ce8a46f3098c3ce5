import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  AccessTokenRequiredError,
  InsufficientPermissionsError,
  InsufficientTokenScopeError,
  InvalidAccessTokenError,
  InvalidDpopProofError,
  InvalidRequestError,
} from '../../errors/index.js';
import type { DpopPolicy } from '../../options/api-options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { DPOP_ALGORITHMS } from '../../resource-server/dpop-proof.verifier.js';
import { APP_ADDRESSES, type AppAddresses } from '../../ports/app-addresses.js';

import { requestOf } from './http-request.js';
import { siteOf } from './request-site.js';
import { setRetryAfter } from './retry-after.interceptor.js';

/** Tells a caller of the API how to put a refused request right. */
@Injectable()
export class Challenges {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** Sets `Retry-After`, if waiting puts the error right: for requests that bring no access token. */
  tellWhenToRetry(context: ExecutionContext, error: unknown): void {
    setRetryAfter(this.host, context, error);
  }

  /** Sets `WWW-Authenticate`, if another access token would put the error right, and `Retry-After`, if waiting does. */
  challenge(context: ExecutionContext, error: unknown): void {
    if (context.getType<string>() !== 'http') return;
    this.tellWhenToRetry(context, error);
    const { appBaseUrl } = siteOf(requestOf(context), this.options);
    const { apiDpop, apiScopes } = this.options;
    const api = { apiDpop, apiScopes, metadataUrl: this.addresses.protectedResource(appBaseUrl) };
    const header = challengeFor(error, api);
    if (header === undefined) return;
    this.host.httpAdapter.setHeader(context.switchToHttp().getResponse(), 'WWW-Authenticate', header);
  }
}

/** What an API tells of itself in a challenge. */
export interface ChallengedApi {
  readonly apiDpop: DpopPolicy;
  /** What to ask for at first. */
  readonly apiScopes?: readonly string[];
  /** Address of the metadata, RFC 9728 section 5.1. */
  readonly metadataUrl: string | undefined;
}

/**
 * `WWW-Authenticate` for a refused request, RFC 6750 section 3 and RFC 9449 section 7.1; undefined for an error that
 * another access token would not put right.
 */
export function challengeFor(error: unknown, api: ChallengedApi): string | undefined {
  const attributes = attributesOf(error);
  if (!attributes) return undefined;
  if (api.apiScopes && error instanceof AccessTokenRequiredError) attributes.scope = api.apiScopes.join(' ');
  if (api.metadataUrl !== undefined) attributes.resource_metadata = api.metadataUrl;
  const schemes: string[] = [];
  if (api.apiDpop !== 'required' && !(error instanceof InvalidDpopProofError)) {
    schemes.push(challenge('Bearer', attributes));
  }
  if (api.apiDpop !== 'disabled') schemes.push(challenge('DPoP', { ...attributes, algs: DPOP_ALGORITHMS.join(' ') }));
  return schemes.join(', ');
}

function attributesOf(error: unknown): Record<string, string> | undefined {
  if (error instanceof AccessTokenRequiredError) return {};
  const described = (code: string): Record<string, string> => ({
    error: code,
    error_description: (error as Error).message,
  });
  if (error instanceof InvalidRequestError) return described('invalid_request');
  if (error instanceof InvalidAccessTokenError) return described('invalid_token');
  if (error instanceof InvalidDpopProofError) return described('invalid_dpop_proof');
  // No `scope`: permissions come by roles, and another token of the same user would have no more of them.
  if (error instanceof InsufficientPermissionsError) return described('insufficient_scope');
  if (error instanceof InsufficientTokenScopeError) {
    return { ...described('insufficient_scope'), scope: error.scopes.join(' ') };
  }
  return undefined;
}

/** Quotes and backslashes have no place in an attribute, RFC 6750 section 3. */
function challenge(scheme: string, attributes: Record<string, string>): string {
  const list = Object.entries(attributes).map(([name, value]) => `${name}="${value.replace(/["\\]/g, "'")}"`);
  return [scheme, list.join(', ')].filter(Boolean).join(' ');
}
