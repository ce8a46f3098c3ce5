import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../ports/clock.js';
import { WAIT, type Wait } from '../ports/wait.js';
import { createProviderFetch, type ProviderFetch, type ProviderFetchParts } from './provider-fetch.js';
import { ConnectionTokens } from './connection-tokens.js';
import { checkOrigins } from './token-origins.js';

/** Makes `fetch` functions that bring a provider's token along. */
@Injectable()
export class ProviderFetches {
  constructor(
    @Inject(ConnectionTokens) private readonly tokens: ConnectionTokens,
    @Inject(WAIT) private readonly wait: Wait,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One whose first token is obtained here. @throws InvalidRequestError for `origins` that a token must not be sent to */
  async start(origins: unknown, obtain: ProviderFetchParts['obtain']): Promise<ProviderFetch> {
    const allowed = checkOrigins(origins);
    return this.create({ first: await obtain({ forceRefresh: false }), origins: allowed, obtain });
  }

  create(parts: Pick<ProviderFetchParts, 'first' | 'origins' | 'obtain'>): ProviderFetch {
    return createProviderFetch({
      ...parts,
      isFresh: ({ expiresAt }) => this.tokens.isFresh({ expiresAt: expiresAt.getTime() }),
      wait: this.wait,
      now: () => this.clock.now(),
    });
  }
}
