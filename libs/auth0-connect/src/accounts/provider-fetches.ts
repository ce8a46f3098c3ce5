import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../ports/clock.js';
import { WAIT, type Wait } from '../ports/wait.js';
import { createProviderFetch, type ProviderFetch, type ProviderFetchParts } from './provider-fetch.js';
import { ConnectionTokens } from './connection-tokens.js';

/** Makes `fetch` functions that bring a provider's token along. */
@Injectable()
export class ProviderFetches {
  constructor(
    @Inject(ConnectionTokens) private readonly tokens: ConnectionTokens,
    @Inject(WAIT) private readonly wait: Wait,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  create(parts: Pick<ProviderFetchParts, 'first' | 'origins' | 'obtain'>): ProviderFetch {
    return createProviderFetch({
      ...parts,
      isFresh: ({ expiresAt }) => this.tokens.isFresh({ expiresAt: expiresAt.getTime() }),
      wait: this.wait,
      now: () => this.clock.now(),
    });
  }
}
