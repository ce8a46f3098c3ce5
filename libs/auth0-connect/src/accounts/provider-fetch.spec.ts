import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Auth0UnavailableError, ConnectionRequiredError, InvalidRequestError } from '../errors/index.js';
import type { ConnectionToken } from './connected-account.js';
import { createProviderFetch, type ProviderFetch } from './provider-fetch.js';
import { checkOrigins } from './token-origins.js';

interface Seen {
  readonly host: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Respond = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void;

/** A provider's API, and another server beside it. */
class Provider {
  readonly seen: Seen[] = [];
  respond: Respond = (_request, response) => response.end('{}');
  private readonly servers: Server[] = [];

  async start(): Promise<string> {
    const server = createServer((request, response) => void this.answer(request, response));
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const server of this.servers) server.close().closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host = '', authorization } = request.headers;
    const seen = { host, authorization, body: Buffer.concat(chunks).toString() };
    this.seen.push(seen);
    this.respond(request, response, seen);
  }
}

function tokenOf(accessToken: string): ConnectionToken {
  return { accessToken, expiresAt: new Date(), scopes: [], connection: 'github' };
}

/** Any other token is refused. */
function takesOnly(token: string): Respond {
  return (_request, response, { authorization }) => {
    response.statusCode = authorization === `Bearer ${token}` ? 200 : 401;
    response.end();
  };
}

describe('the fetch for a provider', () => {
  let provider: Provider;
  let origin: string;
  /** One for each exchange. */
  let exchanges: { forceRefresh: boolean }[];
  let exchange: () => Promise<string>;
  let waited: number[];
  /** A token that is about to end. */
  let stale: string | undefined;
  let send: ProviderFetch;

  beforeEach(async () => {
    provider = new Provider();
    origin = await provider.start();
    exchanges = [];
    exchange = async () => `token-${exchanges.length + 1}`;
    waited = [];
    stale = undefined;
    send = createProviderFetch({
      first: tokenOf('token-1'),
      origins: new Set([origin]),
      obtain: async (options) => {
        exchanges.push(options);
        return tokenOf(await exchange());
      },
      isFresh: ({ accessToken }) => accessToken !== stale,
      wait: async (milliseconds, signal) => {
        signal?.throwIfAborted();
        waited.push(milliseconds);
      },
      now: () => Date.UTC(2026, 0, 1),
    });
  });
  afterEach(() => provider.stop());

  const sentTokens = (): (string | undefined)[] => provider.seen.map(({ authorization }) => authorization);

  it('brings the token along, whatever the client library has put in its place', async () => {
    await send(`${origin}/user`, { headers: { authorization: 'token none' } });
    await send(new Request(`${origin}/user`, { headers: { accept: 'x/y' } }));
    await send(new URL(`${origin}/user`));
    expect(sentTokens()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
    expect(await send.token()).toBe('token-1');
    expect(exchanges).toEqual([]);
  });

  it('asks for another token when the one at hand is about to end, once for all who ask', async () => {
    stale = 'token-1';
    exchange = async () => 'token-2';
    await Promise.all([send(`${origin}/a`), send(`${origin}/b`), send.token()]);
    expect(sentTokens()).toEqual(['Bearer token-2', 'Bearer token-2']);
    expect(exchanges).toEqual([{ forceRefresh: false }]);
  });

  it.each([
    (at: string) => at.replace('127.0.0.1', 'localhost'),
    (at: string) => at.replace('http:', 'https:'),
    (at: string) => at.replace(/\d+$/, '1'),
    (at: string) => `http://${at.slice('http://'.length)}@evil.example`,
    (at: string) => `http://evil.example/?${at}`,
    (at: string) => `http://evil.example\\@${at.slice('http://'.length)}`,
    () => 'http://169.254.169.254/latest',
    () => 'data:text/plain,x',
    () => 'file:///etc/passwd',
  ])('refuses an address elsewhere before anything is sent (%#)', async (elsewhere) => {
    await expect(send(elsewhere(origin))).rejects.toThrow(InvalidRequestError);
    expect(send.failure).toBeInstanceOf(InvalidRequestError);
    expect(provider.seen).toEqual([]);
  });

  it('refuses what is no address as the global fetch does', async () => {
    await expect(send('/user')).rejects.toThrow(TypeError);
  });

  it('follows a redirect to another origin without the token, and takes a 401 there for what it is', async () => {
    const other = await provider.start();
    provider.respond = ({ url }, response, { host }) => {
      const isHere = origin.endsWith(host);
      response.statusCode = isHere ? 302 : 401;
      if (isHere) response.setHeader('location', url === '/inside' ? '/moved' : `${other}/elsewhere`);
      response.end();
    };
    expect((await send(`${origin}/outside`)).status).toBe(401);
    expect(sentTokens()).toEqual(['Bearer token-1', undefined]);
    expect(exchanges).toEqual([]);
  });

  it.each<[string, RequestInit['body'], string]>([
    ['no body', undefined, ''],
    ['text', '{"a":1}', '{"a":1}'],
    ['a form', new URLSearchParams({ a: '1' }), 'a=1'],
    ['bytes', Buffer.from('bytes'), 'bytes'],
  ])('exchanges once after a 401 and repeats the request: %s', async (_what, body, sent) => {
    provider.respond = takesOnly('token-2');
    const response = await send(`${origin}/user`, { method: body === undefined ? 'GET' : 'POST', body });
    expect(response.status).toBe(200);
    expect(provider.seen.map((seen) => seen.body)).toEqual([sent, sent]);
    expect(sentTokens()).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(exchanges).toEqual([{ forceRefresh: true }]);
  });

  it('exchanges once for several calls that are refused at the same time', async () => {
    provider.respond = takesOnly('token-2');
    const all = await Promise.all([1, 2, 3].map((page) => send(`${origin}/${page}`)));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(exchanges).toHaveLength(1);
  });

  it('gives back the 401 of a provider that goes on refusing, and asks Auth0 for nothing more', async () => {
    provider.respond = takesOnly('none');
    expect((await send(`${origin}/user`)).status).toBe(401);
    expect([provider.seen.length, exchanges.length]).toEqual([2, 1]);
    expect((await send(`${origin}/user`)).status).toBe(401);
    expect([provider.seen.length, exchanges.length]).toEqual([3, 1]);
  });

  it('gives back the 401 where the body was a stream: it cannot be sent again', async () => {
    provider.respond = takesOnly('token-2');
    const body = new Blob(['a stream']).stream();
    const streamed = await send(`${origin}/upload`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    const request = await send(new Request(`${origin}/upload`, { method: 'POST', body: 'of a request' }));
    expect([streamed.status, request.status]).toEqual([401, 401]);
    expect(provider.seen.map((seen) => seen.body)).toEqual(['a stream', 'of a request']);
    expect(exchanges).toEqual([]);
  });

  it('says that the account has to be connected again, and sends nothing more', async () => {
    provider.respond = takesOnly('none');
    const gone = new ConnectionRequiredError({ connection: 'github', scopes: [], connectUrl: 'https://app/connect' });
    exchange = () => Promise.reject(gone);
    await expect(send(`${origin}/user`)).rejects.toBe(gone);
    for (let again = 0; again < 3; again += 1) await expect(send(`${origin}/user`)).rejects.toBe(gone);
    await expect(send.token()).rejects.toBe(gone);
    expect(send.failure).toBe(gone);
    expect([provider.seen.length, exchanges.length]).toEqual([1, 1]);
  });

  it('asks again after a failure that passes', async () => {
    provider.respond = takesOnly('token-3');
    const passes = new Auth0UnavailableError('exchange');
    exchange = () => Promise.reject(passes);
    await expect(send(`${origin}/user`)).rejects.toBe(passes);
    exchange = async () => 'token-3';
    expect((await send(`${origin}/user`)).status).toBe(200);
  });

  const asksToWait = (status: number, values: (string | undefined)[]): void => {
    provider.respond = (_request, response) => {
      const value = values.shift();
      response.statusCode = value === undefined ? 200 : status;
      if (value) response.setHeader('retry-after', value);
      response.end();
    };
  };

  describe('where the provider asks to wait', () => {
    it.each<[string, number, string[], number[]]>([
      ['seconds', 429, ['2'], [2000]],
      ['a date', 429, ['Thu, 01 Jan 2026 00:00:03 GMT'], [3000]],
      ['a date that is over', 429, ['Wed, 31 Dec 2025 00:00:00 GMT'], [0]],
      ['twice', 429, ['4', '6'], [4000, 6000]],
      ['an outage', 503, ['1'], [1000]],
    ])('does so and sends the request again: %s', async (_what, status, values, expected) => {
      asksToWait(status, values);
      expect((await send(`${origin}/user`)).status).toBe(200);
      expect(waited).toEqual(expected);
    });

    it.each<[string, string[], number[]]>([
      ['a day', ['86400'], []],
      ['more than ten seconds in all', ['6', '5'], [6000]],
      ['nothing to go by', ['soon'], []],
      ['no header', [''], []],
      ['again and again', ['0', '0', '0', '0', '0'], [0, 0, 0]],
    ])('gives its answer back: %s', async (_what, values, expected) => {
      asksToWait(429, values);
      expect((await send(`${origin}/user`)).status).toBe(429);
      expect(waited).toEqual(expected);
    });

    it('repeats nothing that a failing provider may have carried out, nor a stream', async () => {
      asksToWait(503, ['1']);
      expect((await send(`${origin}/user`, { method: 'POST', body: 'x' })).status).toBe(503);
      asksToWait(429, ['1']);
      const body = new Blob(['a stream']).stream();
      expect((await send(`${origin}/user`, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(429);
      expect(waited).toEqual([]);
    });

    it('stops waiting when the request is given up', async () => {
      const abort = new AbortController();
      provider.respond = (_request, response) => {
        response.writeHead(429, { 'retry-after': '1' }).end();
        abort.abort(new Error('given up'));
      };
      await expect(send(`${origin}/user`, { signal: abort.signal })).rejects.toThrow('given up');
      expect([provider.seen.length, waited]).toEqual([1, []]);
    });
  });

  it('stops at once when the request is given up before it is sent, or before there is a token', async () => {
    await expect(send(`${origin}/user`, { signal: AbortSignal.abort(new Error('given up')) })).rejects.toThrow(
      'given up',
    );
    stale = 'token-1';
    exchange = () => new Promise(() => undefined);
    await expect(send(`${origin}/user`, { signal: AbortSignal.abort(new Error('given up')) })).rejects.toThrow(
      'given up',
    );
    expect(provider.seen).toEqual([]);
  });

  it('gives what was exchanged to others when one request is given up meanwhile', async () => {
    const abort = new AbortController();
    provider.respond = takesOnly('token-2');
    let finish: ((token: string) => void) | undefined;
    exchange = () => {
      abort.abort(new Error('given up, too'));
      return new Promise((resolve) => (finish = resolve));
    };
    await expect(send(`${origin}/user`, { signal: abort.signal })).rejects.toThrow('given up, too');
    finish?.('token-2');
    expect(await send.token(), 'others are given what was exchanged').toBe('token-2');
  });

  it('shows no token in a log or an error', async () => {
    const error: unknown = await send('https://evil.example/').catch((reason: unknown) => reason);
    for (const shown of [send, error, send.failure]) {
      expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain('token-1');
      expect(JSON.stringify(shown) ?? '').not.toContain('token-1');
    }
  });
});

describe('the origins that a token may be sent to', () => {
  it.each([
    ['https://api.github.com'],
    ['https://api.example.com:8443', 'https://example.com'],
    ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:1', 'https://slack.com'],
  ])('are taken: %s', (...origins) => {
    expect([...checkOrigins(origins)]).toEqual(origins);
  });

  it.each<unknown>([
    undefined,
    [],
    'https://api.github.com',
    ['https://api.github.com/'],
    ['https://api.github.com/v3'],
    ['https://API.github.com'],
    ['https://api.github.com:443'],
    ['https://*.github.com'],
    ['api.github.com'],
    ['*'],
    ['null'],
    ['http://api.github.com'],
    ['http://localhost.evil.example'],
    ['http://127.0.0.1.evil.example'],
    ['https://user@api.github.com'],
    ['ftp://localhost'],
    ['https://api.github.com', 1],
  ])('are refused: %j', (origins) => {
    expect(() => checkOrigins(origins)).toThrow(InvalidRequestError);
  });
});
