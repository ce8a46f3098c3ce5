import { Controller, UseFilters, UseGuards } from '@nestjs/common';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  McpController,
  McpHttpControllerFor,
  McpStrategy,
  StreamableHttpTransport,
  Tool,
  ToolScopes,
} from '@rekog/mcp-nest';
import { AccessTokenGuard, ConnectedToken, CurrentSubject, type ApiCaller } from 'nestjs-auth0-connect';
import { ConnectElicitationFilter, McpAccessTokenGuard } from 'nestjs-auth0-connect/mcp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { openConnectLink } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, type TestApp } from '../support/test-app.js';

const parameters = z.object({ userId: z.string().optional() });

@McpController()
@UseFilters(ConnectElicitationFilter)
class ToolsController {
  @Tool({ name: 'token', description: 'uses an account', parameters })
  @UseGuards(AccessTokenGuard)
  token(@CurrentSubject() caller: ApiCaller, @ConnectedToken('github') token: string): string {
    return `${caller.userId} ${token}`;
  }

  @Tool({ name: 'write', description: 'wants a scope', parameters })
  @ToolScopes(['write:events'])
  write(): string {
    return 'written';
  }
}

const call = async (client: Client, name = 'token'): Promise<string> => {
  const { content } = (await client.callTool({ name, arguments: { userId: 'auth0|bob' } })) as {
    content: { text: string }[];
  };
  return content.map(({ text }) => text).join();
};

/** Before revision 2026-07-28 a call is refused with the link. */
async function refusedWithLink(client: Client): Promise<string> {
  const refused = await client.callTool({ name: 'token', arguments: {} }).catch((error: unknown) => error);
  const { code, data } = refused as { code: number; data: { elicitations: { url: string }[] } };
  if (code !== -32042) throw new Error(`refused with ${code}`, { cause: refused });
  return data.elicitations[0]!.url;
}

const setups = adapters.flatMap((adapter) => [false, true].map((statefulMode) => ({ adapter, statefulMode })));

describe.each(setups)('@rekog/mcp-nest on $adapter (stateful: $statefulMode)', ({ adapter, statefulMode }) => {
  let test: TestApp;
  const clients: Client[] = [];
  beforeAll(async () => {
    const transport = new StreamableHttpTransport({ statefulMode });

    @Controller('mcp')
    @UseGuards(McpAccessTokenGuard)
    class McpRoute extends McpHttpControllerFor(transport) {}

    const strategy = new McpStrategy({ name: 'tools', version: '1.0.0', logging: false, transports: [transport] });
    test = await startApiApp(adapter, {
      controllers: [McpRoute, ToolsController],
      configure: (app) => {
        strategy.setHttpAdapter(app.getHttpAdapter());
        app.connectMicroservice({ strategy });
      },
      beforeListen: (app) => app.startAllMicroservices(),
    });
  });
  afterAll(() => test?.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  const connect = async (
    sub: string,
    { scope = 'read:events', modern = !statefulMode, url = true } = {},
  ): Promise<Client> => {
    const capabilities = url ? { elicitation: { url: {} } } : {};
    const mode = modern ? 'auto' : 'legacy';
    const client = new Client({ name: 'an-agent', version: '1.0.0' }, { capabilities, versionNegotiation: { mode } });
    clients.push(client);
    const requestInit = { headers: bearer(await mintAccessToken(test, { sub, scope })) };
    await client.connect(new StreamableHTTPClientTransport(new URL(test.at('/mcp')), { requestInit }));
    return client;
  };

  it('has the person connect an account, as the revision has it, and the tool goes on', async () => {
    const client = await connect('auth0|alice');
    const opened: string[] = [];
    const open = async (url: string): Promise<void> => {
      opened.push(url);
      await openConnectLink(new Person(), url, 'auth0|alice');
    };
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      await open((params as { url: string }).url);
      return { action: 'accept' };
    });
    if (statefulMode) await open(await refusedWithLink(client));
    expect(await call(client), 'for the caller, whomever the model names').toMatch(/auth0\|alice github_/);
    expect(opened).toEqual([expect.stringContaining(test.at('/auth/link/'))]);
  });

  it('gives the link as text to a client that cannot be asked', async () => {
    expect(await call(await connect('auth0|carol', { url: false }))).toContain(test.at('/auth/link'));
  });

  it('knows the scopes of the caller in @ToolScopes', async () => {
    const reader = await connect('auth0|carol');
    expect((await reader.listTools()).tools.map(({ name }) => name)).toEqual(['token']);
    await expect(reader.callTool({ name: 'write', arguments: {} })).rejects.toThrow('write:events');
    const writer = await connect('auth0|carol', { scope: 'write:events' });
    expect((await writer.listTools()).tools.map(({ name }) => name)).toEqual(['token', 'write']);
    expect(await call(writer, 'write')).toContain('written');
  });

  it('lets nobody in without an access token', async () => {
    const { status, headers } = await new Person().request(test.at('/mcp'), { method: 'POST' });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('resource_metadata=');
  });
});
