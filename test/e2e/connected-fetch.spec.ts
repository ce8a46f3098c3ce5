import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, UseGuards, type Type } from '@nestjs/common';
import { DEFAULT_CONNECTIONS, startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import {
  ConnectedAccountsService,
  ConnectedFetch,
  CurrentSession,
  SessionGuard,
  type LoginSession,
  type ProviderFetch,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionTokenEntity } from '../../libs/auth0-connect/src/persistence/entities/connection-token.entity.js';
import { codeBlocks } from '../docs/code-blocks.js';
import { API_CLIENT, bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, type TestApp } from '../support/test-app.js';

const MICROSOFT = {
  name: 'windowslive',
  strategy: 'windowslive',
  displayName: 'Microsoft',
  scopes: ['User.Read', 'Calendars.Read'],
};
const CLIENTS = [
  ['octokit', 'github', '/repositories', 'alice/website'],
  ['a Google client with its own google-auth-library', 'google-oauth2', '/events', 'Design review'],
  ['@slack/web-api', 'slack', '/channels', 'general'],
  ['@microsoft/microsoft-graph-client', 'windowslive', '/meetings', 'Design review'],
] as const;
const RECIPES = ['github', 'google', 'slack', 'microsoft'];

let tenant: LocalTenant;
let googleapis: Server;
let controllers: Type[];

beforeAll(async () => {
  tenant = await startLocalTenant({ clients: [API_CLIENT], connections: [...DEFAULT_CONNECTIONS, MICROSOFT] });
  process.env.GITHUB_API = `${tenant.domain}/upstream/github`;
  googleapis = await startGoogleapis();
  process.env.GOOGLE_ROOT = `http://localhost:${(googleapis.address() as AddressInfo).port}/`;
  process.env.SLACK_API = `${tenant.domain}/upstream/slack/api/`;
  process.env.GRAPH_API = `${tenant.domain}/upstream/microsoft/`;
  const { RepositoriesController } = await import('./provider-recipes/github.js');
  const { EventsController } = await import('./provider-recipes/google.js');
  const { ChannelsController } = await import('./provider-recipes/slack.js');
  const { MeetingsController } = await import('./provider-recipes/microsoft.js');
  controllers = [RepositoriesController, EventsController, ChannelsController, MeetingsController];
});
afterAll(async () => {
  googleapis?.close().closeAllConnections();
  await tenant?.stop();
});

/** Google's clients know their API's place at the root of an origin, where the tenant has all its providers. */
async function startGoogleapis(): Promise<Server> {
  const server = createServer(async ({ method, url = '', headers: { authorization = '' } }, response) => {
    const answer = await fetch(`${tenant.domain}/upstream/google${url}`, { method, headers: { authorization } });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await once(server.listen(0, 'localhost'), 'listening');
  return server;
}

describe('docs/providers.md', () => {
  it.each(RECIPES)('has the recipe that is run here: %s', (name) => {
    const path = new URL(`provider-recipes/${name}.ts`, import.meta.url);
    const blocks = codeBlocks(readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8'));
    expect(blocks.map(({ code }) => code)).toContain(readFileSync(path, 'utf8').trimEnd());
  });
});

describe.each(adapters)('a fetch for a connected account on %s', (adapter) => {
  let test: TestApp;
  const agent = new Person();

  beforeAll(async () => {
    @Controller('pages')
    @UseGuards(SessionGuard)
    class SessionController {
      constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

      @Get('parameter')
      async parameter(
        @ConnectedFetch('github', { origins: [new URL(tenant.domain).origin] }) github: ProviderFetch,
      ): Promise<number> {
        return (await github(`${tenant.domain}/upstream/github/user/repos`)).status;
      }

      @Get('service')
      async service(@CurrentSession() session: LoginSession): Promise<number> {
        const origins = [new URL(tenant.domain).origin];
        const github = await this.accounts.fetch(session, { connection: 'github', origins, returnTo: '/pages' });
        return (await github(`${tenant.domain}/upstream/github/user/repos`)).status;
      }

      @Get('elsewhere')
      elsewhere(@ConnectedFetch('github', { origins: ['https://api.github.com'] }) github: ProviderFetch): unknown {
        return github('https://attacker.example/');
      }
    }
    test = await startApiApp(adapter, { sharedTenant: tenant, controllers: [...controllers, SessionController] });
  });
  beforeEach(() => {
    for (const [, connection] of CLIENTS) test.control.connectAccount('auth0|alice', connection);
    test.control.resetCounts();
  });
  afterEach(() => test.database.getRepository(ConnectionTokenEntity).clear());
  afterAll(() => test?.stop());

  const call = async (path: string): Promise<Answer> =>
    agent.request(test.at(path), { headers: bearer(await mintAccessToken(test)) });

  describe.each(CLIENTS)('in %s', (_client, connection, path, one) => {
    it('calls the API of the provider', async () => {
      const answer = await call(path);
      expect([answer.status, answer.json<string[]>()]).toEqual([200, expect.arrayContaining([one])]);
    });

    it('is answered after the provider has dropped the token: one exchange, one repetition', async () => {
      await call(path);
      test.control.resetCounts();
      test.control.expireProviderTokens({ connection });
      const answer = await call(path);
      expect([answer.status, answer.json<string[]>()]).toEqual([200, expect.arrayContaining([one])]);
      expect([test.control.count('exchange'), test.control.count('upstream')]).toEqual([1, 2]);
    });

    it('is answered with what to connect where the user has revoked it at the provider, without more calls', async () => {
      await call(path);
      test.control.resetCounts();
      test.control.revokeAtProvider('auth0|alice', connection);
      const answer = await call(path);
      expect([answer.status, answer.json()]).toEqual([
        403,
        expect.objectContaining({
          errorCode: 'connection_required',
          connection,
          connectUrl: expect.stringContaining(`/auth/connect/${connection}`) as string,
        }),
      ]);
      expect([test.control.count('exchange'), test.control.count('upstream')]).toEqual([1, 1]);
    });

    it('is answered with what to connect before the client library begins', async () => {
      const answer = await agent.request(test.at(path), {
        headers: bearer(await mintAccessToken(test, { sub: 'auth0|carol' })),
      });
      expect([answer.status, answer.json()]).toEqual([
        403,
        expect.objectContaining({ errorCode: 'connection_required', connection }),
      ]);
      expect(test.control.count('upstream')).toBe(0);
    });
  });

  it('is there for a session, by the parameter and by the service', async () => {
    const alice = await test.logIn();
    for (const path of ['/pages/parameter', '/pages/service']) {
      expect((await alice.request(test.at(path))).json<number>()).toBe(200);
    }
    test.control.revokeAtProvider('auth0|alice', 'github');
    await test.database.getRepository(ConnectionTokenEntity).clear();
    for (const path of ['/pages/parameter', '/pages/service']) {
      const answer = await alice.request(test.at(path));
      expect([answer.status, answer.json()]).toEqual([
        403,
        expect.objectContaining({ errorCode: 'connection_required' }),
      ]);
    }
  });

  it('sends nothing to an address elsewhere', async () => {
    const alice = await test.logIn();
    const answer = await alice.request(test.at('/pages/elsewhere'));
    expect([answer.status, answer.json()]).toEqual([400, expect.objectContaining({ errorCode: 'invalid_request' })]);
  });

  it('is refused at once for origins that no token may be sent to', () => {
    expect(() => ConnectedFetch('github', { origins: ['http://api.github.com'] })).toThrow('origins');
    expect(() => ConnectedFetch('github', { origins: [] })).toThrow('origins');
    expect(() => ConnectedFetch('', { origins: ['https://api.github.com'] })).toThrow('connection');
  });
});
