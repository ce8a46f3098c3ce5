import { channel, tracingChannel, type Channel, type TracingChannel } from 'node:diagnostics_channel';
import { CHANNEL_PREFIX } from './happening.js';

/** Work that a tracing channel of `node:diagnostics_channel` tells of: its start, its end, and what it has thrown. */
export class Traced<Facts extends object> {
  private readonly tracing: TracingChannel<string, object>;

  constructor(name: string) {
    this.tracing = tracingChannel<string, object>(`${CHANNEL_PREFIX}:${name}`);
  }

  /** @param facts made only where somebody listens */
  run<Result>(facts: () => Facts, work: () => Promise<Result>): Promise<Result> {
    return this.tracing.hasSubscribers ? this.traced(facts(), work) : work();
  }

  /** A message holds what its work has given, and here that would be a token: nobody is told of it. */
  private async traced<Result>(facts: Facts, work: () => Promise<Result>): Promise<Result> {
    let result: { readonly value: Result } | undefined;
    await this.tracing.tracePromise(async () => {
      result = { value: await work() };
    }, facts);
    return (result as unknown as { readonly value: Result }).value;
  }
}

/** What is known of an exchange at Token Vault. */
export interface ExchangeFacts {
  /** Which `Auth0ConnectModule`. */
  readonly instance: string;
  /** The connection's name at Auth0. */
  readonly connection: string;
  /** On whose behalf: a login session, a caller of the API, or a user in background work. */
  readonly subjectType: SubjectType;
}

/** What is known of a wait for another process. */
export interface LeaseWaitFacts {
  /** What its holder is doing: obtaining a token, or spending a refresh token. */
  readonly lease: 'token' | 'refresh_token';
}

/** On whose behalf a token is asked for. */
export type SubjectType = 'session' | 'api_caller' | 'user';

/** A token of a provider that somebody was given, or was not. */
export interface TokenRequest extends ExchangeFacts {
  /** Where it came from: the database, or Auth0. Undefined where there was none. */
  readonly source?: 'stored' | 'exchange';
  /** The `code` of the error, where there was none. */
  readonly errorCode?: string;
}

export const EXCHANGE = new Traced<ExchangeFacts>('exchange');
export const LEASE_WAIT = new Traced<LeaseWaitFacts>('lease.wait');
export const TOKEN_REQUESTED: Channel = channel(`${CHANNEL_PREFIX}:token.requested`);
