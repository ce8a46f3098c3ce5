import { Auth0UnavailableError, InvalidAuth0ResponseError, type Auth0Answer } from '../errors/index.js';
import { libraryVersion } from '../shared/library-version.js';
import { Answer } from './answer.js';
import { LostConnection } from './lost-connection.js';
import type { Send } from './mutual-tls.js';
import { RateLimit, retryAfter } from './rate-limit.js';

const LARGEST_BODY_BYTES = 1_000_000;

export interface Auth0HttpOptions {
  /** For one request, in milliseconds. */
  readonly timeoutMs: number;
  readonly telemetry: boolean;
}

/** Every request to Auth0: with a time limit, a size limit, no redirect followed, and the telemetry header. */
export class Auth0Http {
  private readonly telemetryHeader: string | undefined;

  constructor(
    private readonly options: Auth0HttpOptions,
    private readonly send: Send = (url, init) => fetch(url, init),
  ) {
    this.telemetryHeader = options.telemetry ? telemetry() : undefined;
  }

  /**
   * @returns any answer below 500 that is not 429, read to its end
   * @throws Auth0UnavailableError, RateLimitedError, InvalidAuth0ResponseError
   */
  async fetch(operation: string, url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.telemetryHeader) headers.set('auth0-client', this.telemetryHeader);
    const response = await this.once(operation, url, { ...init, headers });
    const { status } = response;
    if (status >= 500) {
      throw new Auth0UnavailableError(operation, {
        answer: await wordsOf(operation, response),
        retryAfterSeconds: retryAfterSecondsOf(response),
        cause: new Error(`Auth0 answered ${status}`),
      });
    }
    if (status === 429) {
      throw new RateLimit(operation, retryAfter(response.headers), await wordsOf(operation, response));
    }
    return response;
  }

  private async once(operation: string, url: string, init: RequestInit): Promise<Response> {
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const response = await this.begin(operation, url, { ...init, redirect: 'manual', signal });
      const body = await readLimited(operation, response);
      const bodiless = response.status === 204 || response.status === 304;
      return new Response(bodiless ? null : body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (error instanceof InvalidAuth0ResponseError || error instanceof LostConnection) throw error;
      throw new Auth0UnavailableError(operation, { cause: withoutDetails(error) });
    }
  }

  /** Up to the answer's header. */
  private async begin(operation: string, url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.send(url, init);
    } catch (error) {
      if (!LostConnection.isBehind(error)) throw error;
      throw new LostConnection(operation, withoutDetails(error));
    }
  }
}

async function readLimited(operation: string, response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > LARGEST_BODY_BYTES) throw new InvalidAuth0ResponseError(operation, 'it is larger than 1 MB');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** What an answer that is an error says, if it is of a known form. */
async function wordsOf(operation: string, response: Response): Promise<Auth0Answer> {
  return Answer.tolerant(operation, await response.text()).words(response.status);
}

function retryAfterSecondsOf({ headers }: Response): number | undefined {
  return headers.has('retry-after') ? Math.ceil(retryAfter(headers) / 1000) : undefined;
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
