import { Auth0ConnectError, ConnectNeededError, InvalidRequestError } from '../errors/index.js';
import type { Wait } from '../ports/wait.js';
import { retryAfterMs } from '../shared/retry-after.js';
import type { ConnectionToken } from './connected-account.js';
import { OutgoingRequest, type FetchInit, type FetchInput } from './outgoing-request.js';

/** All that one call waits for the provider's rate limit, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;
/** A call is sent so often at most: once anew after a new token, and after waiting. */
const MOST_SENT = 4;

/**
 * A `fetch` with the provider's access token, and the token for client libraries that take a function. It belongs to one
 * piece of work, such as a request.
 */
export interface ProviderFetch {
  /**
   * As the global `fetch`. `Authorization` is set for the listed origins; any other address is refused before anything is
   * sent, and a redirect to another origin is followed without the token. After the provider's 401 the token is exchanged
   * anew once and the request repeated, after a 429 (or a 503 to a safe method) once `Retry-After` is over, if that takes no
   * more than 10 seconds; not where the body is a stream: then the provider's answer is given back, as it is when it says
   * the same again.
   * @throws InvalidRequestError for an address elsewhere
   * @throws ConnectionRequiredError when the account has to be connected again, and what
   * `ConnectedAccountsService.getAccessTokenForConnection` throws
   */
  (input: FetchInput, init?: FetchInit): Promise<Response>;
  /** The token source: a token that is fresh now. @throws as the call itself */
  readonly token: () => Promise<string>;
  /**
   * Why there was no token for a call, once that has happened. Client libraries repeat, wrap or lose what their `fetch`
   * throws: `catch (error) { throw github.failure ?? error; }` answers the request as it should be.
   */
  readonly failure: Auth0ConnectError | undefined;
}

/** What a provider fetch works with. */
export interface ProviderFetchParts {
  /** The first token, which was obtained before a client library could swallow that there is none. */
  readonly first: ConnectionToken;
  /** Where the token may be sent. */
  readonly origins: ReadonlySet<string>;
  readonly obtain: (options: { forceRefresh: boolean }) => Promise<ConnectionToken>;
  readonly isFresh: (token: ConnectionToken) => boolean;
  readonly wait: Wait;
  readonly now: () => number;
}

/** Makes the function. */
export function createProviderFetch(parts: ProviderFetchParts): ProviderFetch {
  const calls = new ConnectedCalls(parts);
  const providerFetch = async (input: FetchInput, init?: FetchInit): Promise<Response> =>
    calls.send(new OutgoingRequest(input, init));
  return Object.defineProperties(providerFetch, {
    token: { value: async () => (await calls.freshToken()).accessToken },
    failure: { get: () => calls.failure },
  }) as unknown as ProviderFetch;
}

class ConnectedCalls {
  failure: Auth0ConnectError | undefined;
  readonly #parts: ProviderFetchParts;
  #current: Promise<ConnectionToken>;
  /** What a forced exchange has given: the provider refuses it as well, so another one would not help. */
  #renewed: string | undefined;

  constructor(parts: ProviderFetchParts) {
    this.#parts = parts;
    this.#current = Promise.resolve(parts.first);
  }

  async send(request: OutgoingRequest): Promise<Response> {
    if (!this.#parts.origins.has(request.origin)) {
      this.failure = new InvalidRequestError('url', 'is not at one of the origins that the token may be sent to');
      throw this.failure;
    }
    let waitedMs = 0;
    for (let sent = 1; ; sent += 1) {
      const { accessToken } = await request.orAborted(this.freshToken());
      const response = await request.send(accessToken);
      if (sent === MOST_SENT || !request.isRepeatable || request.wasRedirected(response)) return response;
      if (response.status === 401) {
        const renewed = await request.orAborted(this.renew(accessToken)).catch(async (error: unknown) => {
          await response.body?.cancel();
          throw error;
        });
        if (!renewed) return response;
      } else {
        const waitMs = this.#toWait(request, response);
        if (waitMs === undefined || waitedMs + waitMs > LONGEST_WAIT_MS) return response;
        waitedMs += waitMs;
        await this.#parts.wait(waitMs, request.signal);
      }
      await response.body?.cancel();
    }
  }

  /** The token at hand, or another when it is about to end; shared by all calls at the same time. */
  async freshToken(): Promise<ConnectionToken> {
    const seen = this.#current;
    const token = await seen;
    if (this.#parts.isFresh(token)) return token;
    if (this.#current === seen) this.#obtain({ forceRefresh: false });
    return this.#current;
  }

  /** After the provider has refused a token. @returns false where another exchange would give nothing better */
  async renew(refused: string): Promise<boolean> {
    if (refused === this.#renewed) return false;
    const seen = this.#current;
    if ((await seen).accessToken !== refused) return true; // another call has renewed it meanwhile
    if (this.#current === seen) this.#obtain({ forceRefresh: true });
    const { accessToken } = await this.#current;
    this.#renewed = accessToken;
    return accessToken !== refused;
  }

  /** An account that has to be connected is a matter of a person: asking again and again would give the same. */
  #obtain(options: { forceRefresh: boolean }): void {
    const before = this.#current;
    this.#current = this.#parts.obtain(options).catch((error: unknown) => {
      if (error instanceof Auth0ConnectError) this.failure = error;
      if (!(error instanceof ConnectNeededError)) this.#current = before;
      throw error;
    });
  }

  #toWait(request: OutgoingRequest, { status, headers }: Response): number | undefined {
    const asksToWait = status === 429 || (status === 503 && request.isSafe);
    return asksToWait ? retryAfterMs(headers, this.#parts.now()) : undefined;
  }
}
