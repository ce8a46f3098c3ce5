import { Auth0UnavailableError, InvalidAuth0ResponseError, RateLimitedError } from '../errors/index.js';
import { libraryVersion } from '../shared/library-version.js';
import type { Send } from './mutual-tls.js';

const LARGEST_BODY_BYTES = 1_000_000;
/** Without `Retry-After`. */
const DEFAULT_RETRY_MS = 1_000;
const SHORTEST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;

export interface Auth0HttpOptions {
  /** For the whole call, waiting for a rate limit included. */
  readonly timeoutMs: number;
  readonly telemetry: boolean;
  /** False: a 429 is an error at once, for requests that must not be sent twice. Default true. */
  readonly waitForRateLimit?: boolean;
}

/**
 * Every request to Auth0: with a time limit, a size limit, no redirect followed, the telemetry header, and a short
 * wait where Auth0 answers 429.
 */
export class Auth0Http {
  private readonly telemetryHeader: string | undefined;

  constructor(
    private readonly options: Auth0HttpOptions,
    private readonly send: Send = (url, init) => fetch(url, init),
  ) {
    this.telemetryHeader = options.telemetry ? telemetry() : undefined;
  }

  /** Whether it waits, and tries again, where Auth0 answers 429. */
  get waits(): boolean {
    return this.options.waitForRateLimit ?? true;
  }

  /**
   * Waits as a rate limit says, if that is within the time limit.
   * @param deadline by `performance.now()`
   * @returns false when it is not
   */
  async waitFor({ retryAfterSeconds }: RateLimitedError, deadline: number): Promise<boolean> {
    const waitMs = retryAfterSeconds * 1000;
    if (!this.waits || waitMs > LONGEST_RETRY_MS || performance.now() + waitMs >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return true;
  }

  /**
   * @param init made anew for each try where it holds a proof that is good once
   * @param wait false: a 429 is an error at once
   * @returns any answer below 500 that is not 429, read to its end
   * @throws Auth0UnavailableError, RateLimitedError, InvalidAuth0ResponseError
   */
  async fetch(
    operation: string,
    url: string,
    init: RequestInit | (() => Promise<RequestInit>),
    { wait = this.waits }: { wait?: boolean } = {},
  ): Promise<Response> {
    const deadline = performance.now() + this.options.timeoutMs;
    for (let refusals = 0; ; refusals += 1) {
      const request = typeof init === 'function' ? await init() : init;
      const headers = new Headers(request.headers);
      if (this.telemetryHeader) headers.set('auth0-client', this.telemetryHeader);
      const response = await this.once(operation, url, { ...request, headers }, deadline);
      if (response.status >= 500) {
        throw new Auth0UnavailableError(operation, { cause: new Error(`Auth0 answered ${response.status}`) });
      }
      if (response.status !== 429) return response;
      if (!wait) throw rateLimited(operation, retryAfter(response.headers));
      await waitToRetry(operation, response, deadline, refusals);
    }
  }

  private async once(operation: string, url: string, init: RequestInit, deadline: number): Promise<Response> {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - performance.now())));
    try {
      const response = await this.send(url, { ...init, redirect: 'manual', signal });
      const body = await readLimited(operation, response);
      const bodiless = response.status === 204 || response.status === 304;
      return new Response(bodiless ? null : body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (error instanceof InvalidAuth0ResponseError) throw error;
      throw new Auth0UnavailableError(operation, { cause: withoutDetails(error) });
    }
  }
}

async function readLimited(operation: string, response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > LARGEST_BODY_BYTES) throw new InvalidAuth0ResponseError(operation, 'it is larger than 1 MB');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** Waits as long as Auth0 says, if that is within the time limit. Spread a little, so that waiters do not return at once. */
async function waitToRetry(operation: string, response: Response, deadline: number, refusals: number): Promise<void> {
  // "At once" is believed once: a clock ahead of Auth0's reads so what is yet to come.
  const retryAfterMs = Math.max(retryAfter(response.headers), SHORTEST_RETRY_MS * 2 ** refusals);
  const waitMs = retryAfterMs + Math.random() * 0.2 * retryAfterMs;
  if (retryAfterMs > LONGEST_RETRY_MS || performance.now() + waitMs >= deadline) {
    throw rateLimited(operation, retryAfterMs);
  }
  await new Promise((resolve) => setTimeout(resolve, waitMs));
}

function rateLimited(operation: string, retryAfterMs: number): RateLimitedError {
  return new RateLimitedError(operation, Math.max(1, Math.ceil(retryAfterMs / 1000)));
}

/** RFC 9110 section 10.2.3: seconds or a date; else Auth0's own header, UNIX seconds. */
function retryAfter(headers: Headers): number {
  const value = headers.get('retry-after');
  const reset = headers.get('x-ratelimit-reset');
  const candidates = [
    value !== null && /^\d+$/.test(value) ? Number(value) * 1000 : Number.NaN,
    value === null ? Number.NaN : Date.parse(value) - Date.now(),
    reset === null ? Number.NaN : Number(reset) * 1000 - Date.now(),
  ];
  const waitMs = candidates.find((candidate) => Number.isFinite(candidate)) ?? DEFAULT_RETRY_MS;
  return Math.max(SHORTEST_RETRY_MS, waitMs);
}

function telemetry(): string {
  const header = { name: 'nestjs-auth0-connect', version: libraryVersion, env: { node: process.versions.node } };
  return Buffer.from(JSON.stringify(header)).toString('base64');
}

/** An error of fetch holds the request in places; its name and code are all that is needed. */
export function withoutDetails(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure');
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = [error, cause]
    .map((e) => (e as { code?: unknown } | undefined)?.code)
    .find((c) => typeof c === 'string');
  return new Error([error.name, code, error.message, cause?.message].filter(Boolean).join(': '));
}
