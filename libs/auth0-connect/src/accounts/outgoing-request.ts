export type FetchInput = Parameters<typeof fetch>[0];
export type FetchInit = NonNullable<Parameters<typeof fetch>[1]>;

/** RFC 9110 section 9.2.1. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** What a client library hands to its `fetch`, to be sent once or several times. */
export class OutgoingRequest {
  readonly origin: string;

  /** @throws TypeError for an address that is none, as `fetch` does */
  constructor(
    private readonly input: FetchInput,
    private readonly init: FetchInit = {},
  ) {
    this.origin = new URL(input instanceof Request ? input.url : input).origin;
  }

  get signal(): AbortSignal | undefined {
    return this.init.signal ?? (this.input instanceof Request ? this.input.signal : undefined);
  }

  /** Sent once more it changes nothing. */
  get isSafe(): boolean {
    const method = this.init.method ?? (this.input instanceof Request ? this.input.method : 'GET');
    return SAFE_METHODS.includes(method.toUpperCase());
  }

  /** A stream is gone once it was sent; so is the body of a `Request`. */
  get isRepeatable(): boolean {
    const { body } = this.init;
    if (body === undefined || body === null) return !(this.input instanceof Request) || this.input.body === null;
    return (
      typeof body === 'string' ||
      body instanceof URLSearchParams ||
      body instanceof FormData ||
      body instanceof Blob ||
      body instanceof ArrayBuffer ||
      ArrayBuffer.isView(body)
    );
  }

  /** The token goes to this origin alone: `fetch` takes `Authorization` away before it follows a redirect to another. */
  async send(accessToken: string): Promise<Response> {
    const headers = new Headers(this.init.headers ?? (this.input instanceof Request ? this.input.headers : undefined));
    headers.set('authorization', `Bearer ${accessToken}`);
    return fetch(this.input, { ...this.init, headers });
  }

  /** Then the answer is not one to the token. */
  wasRedirected({ redirected, url }: Response): boolean {
    return redirected && new URL(url).origin !== this.origin;
  }

  /** What others wait for too goes on when this request is given up. */
  async orAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    if (!signal) return work;
    let stop: (() => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    return Promise.race([work, aborted]).finally(() => stop && signal.removeEventListener('abort', stop));
  }
}
