import { UseGuards } from '@nestjs/common';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { McpController, McpStrategy, StreamableHttpTransport, Tool } from '@rekog/mcp-nest';
import {
  AccessTokenGuard,
  ApiCaller,
  ConnectedToken,
  CurrentSubject,
  CurrentUser,
  LoginSession,
  Public,
  RequireScopes,
  SessionGuard,
  SessionOrAccessTokenGuard,
  type Subject,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { unhandledDuring } from '../support/flows.js';
import type { Person } from '../support/person.js';
import { adapters, type TestApp } from '../support/test-app.js';

function whom(subject: Subject | null, user: { sub?: string } | null): string {
  const kind = subject instanceof LoginSession ? 'session' : subject instanceof ApiCaller ? 'token' : 'nobody';
  return [kind, subject?.userId, user?.sub].join(' ').trim();
}

const parameters = z.object({});

/** Tools are message handlers, whose context has the HTTP request of the call. */
@McpController()
class ToolsController {
  @Tool({ name: 'by-session', description: 'acts for the person', parameters })
  @UseGuards(SessionGuard)
  bySession(@CurrentSubject() subject: Subject, @CurrentUser() user: { sub: string }): string {
    return whom(subject, user);
  }

  @Tool({ name: 'by-token', description: 'acts for the caller', parameters })
  @UseGuards(AccessTokenGuard)
  byToken(@CurrentSubject() subject: Subject, @CurrentUser() user: { sub: string }): string {
    return whom(subject, user);
  }

  @Tool({ name: 'by-either', description: 'acts for whoever it is', parameters })
  @UseGuards(SessionOrAccessTokenGuard)
  byEither(@CurrentSubject() subject: Subject, @CurrentUser() user: { sub: string }): string {
    return whom(subject, user);
  }

  @Tool({ name: 'scoped', description: 'wants a scope', parameters })
  @UseGuards(AccessTokenGuard)
  @RequireScopes('write:events')
  scoped(): string {
    return 'written';
  }

  @Tool({ name: 'open', description: 'is for everybody', parameters })
  @Public()
  open(@CurrentSubject() subject: Subject | null, @CurrentUser() user: { sub: string } | null): string {
    return whom(subject, user);
  }

  @Tool({ name: 'github', description: 'uses an account', parameters })
  @UseGuards(AccessTokenGuard)
  github(@ConnectedToken('github') token: string): string {
    return token;
  }
}

const setups = adapters.flatMap((adapter) => [false, true].map((statefulMode) => ({ adapter, statefulMode })));

describe.each(setups)('tools of an MCP server on $adapter (stateful: $statefulMode)', ({ adapter, statefulMode }) => {
  let test: TestApp;
  let alice: Person;
  const clients: Client[] = [];

  beforeAll(async () => {
    const strategy = new McpStrategy({
      name: 'tools',
      version: '1.0.0',
      logging: false,
      transports: [new StreamableHttpTransport({ statefulMode })],
    });
    test = await startApiApp(adapter, {
      controllers: [ToolsController],
      configure: (app) => {
        strategy.setHttpAdapter(app.getHttpAdapter());
        app.connectMicroservice({ strategy });
      },
      beforeListen: (app) => app.startAllMicroservices(),
    });
    alice = await test.logIn('auth0|alice');
    test.control.connectAccount('auth0|bob', 'github');
  });
  afterAll(() => test?.stop());
  afterEach(async () => {
    vi.useRealTimers();
    for (const client of clients.splice(0)) await client.close();
  });

  const connect = async (headers: Record<string, string>): Promise<(tool: string) => Promise<string>> => {
    const client = new Client({ name: 'an-agent', version: '1.0.0' });
    clients.push(client);
    await client.connect(new StreamableHTTPClientTransport(new URL(test.at('/mcp')), { requestInit: { headers } }));
    return async (name) => {
      const { content } = (await client.callTool({ name, arguments: {} })) as { content: { text: string }[] };
      return content.map(({ text }) => text.replace(/^"(.*)"$/, '$1')).join();
    };
  };
  const cookie = (person = alice): { cookie: string } => ({ cookie: person.cookieHeader(new URL(test.url)) });
  const bob = async (): Promise<{ authorization: string }> => bearer(await mintAccessToken(test, { sub: 'auth0|bob' }));

  it('act for whom the guard of each has let in', async () => {
    const call = await connect({ ...cookie(), ...(await bob()) });
    expect(await call('by-session')).toBe('session auth0|alice auth0|alice');
    expect(await call('by-token')).toBe('token auth0|bob auth0|bob');
    expect(await call('by-either')).toBe('token auth0|bob auth0|bob');
    expect(await call('by-session')).toBe('session auth0|alice auth0|alice');
  });

  it('have the connected token of the caller', async () => {
    const call = await connect(await bob());
    expect(await call('github')).toContain('github');
  });

  it('refuse a stranger and what another credential is needed for, and the process lives', async () => {
    const unhandled = await unhandledDuring(async () => {
      const stranger = await connect({});
      for (const tool of ['by-session', 'by-token', 'by-either', 'scoped', 'github']) {
        expect(await stranger(tool)).toBe('Internal server error');
      }
      expect(await stranger('open')).toBe('nobody');
      const person = await connect(cookie());
      expect(await person('by-token')).toBe('Internal server error');
      expect(await person('by-either')).toBe('session auth0|alice auth0|alice');
      const caller = await connect(await bob());
      expect(await caller('by-session')).toBe('Internal server error');
      expect(await caller('scoped'), 'a scope is missing').toBe('Internal server error');
    });
    expect(unhandled).toEqual([]);
  });

  it('look at each call anew: who has logged out is let in no longer, nor whose token is over', async () => {
    const person = await test.logIn('auth0|carol');
    const byPerson = await connect(cookie(person));
    expect(await byPerson('by-session')).toBe('session auth0|carol auth0|carol');
    await person.request(test.at('/auth/logout'), { method: 'POST' });
    expect(await byPerson('by-session')).toBe('Internal server error');

    vi.useFakeTimers({ toFake: ['Date'] });
    const byCaller = await connect(await bob());
    expect(await byCaller('by-token')).toBe('token auth0|bob auth0|bob');
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect(await byCaller('by-token')).toBe('Internal server error');
  });
});
