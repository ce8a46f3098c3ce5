import { Controller, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type ClientCapabilities,
  type OAuthClientProvider,
  type OAuthTokens,
} from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { TOKEN_VAULT_GRANT } from 'auth0-local-tenant';
import {
  AccessTokenGuard,
  ConnectedAccountsService,
  CurrentSubject,
  RequireScopes,
  type ApiCaller,
} from 'nestjs-auth0-connect';
import { withConnect } from 'nestjs-auth0-connect/mcp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { openConnectLink } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, freePort, type TestApp } from '../support/test-app.js';

const API_CLIENT = { clientId: 'mcp-server', clientSecret: 'mcp-server-secret' };
const MCP_CLIENT = 'an-mcp-client';

/** Node's own request or answer, in Fastify's. */
interface Raw<T> {
  raw?: T;
  body?: unknown;
  hijack?: () => void;
}

@Controller('mcp')
@UseGuards(AccessTokenGuard)
@RequireScopes('read:tools', 'write:tools')
class McpRoute {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Post()
  async handle(
    @CurrentSubject() caller: ApiCaller,
    @Req() request: Raw<never>,
    @Res() answer: Raw<never>,
  ): Promise<void> {
    answer.hijack?.();
    const handle = toNodeHandler(createMcpHandler(() => this.serverFor(caller)));
    await handle(request.raw ?? (request as never), answer.raw ?? (answer as never), request.body);
  }

  private serverFor(caller: ApiCaller): McpServer {
    const server = new McpServer({ name: 'repositories', version: '1.0.0' });
    server.registerTool(
      'token',
      { description: 'The token of a user', inputSchema: z.object({ userId: z.string().optional() }) },
      withConnect(server, async () => {
        const { accessToken } = await this.accounts.getAccessTokenForConnection(caller, { connection: 'github' });
        return { content: [{ type: 'text', text: `${caller.userId} ${accessToken}` }] };
      }),
    );
    return server;
  }
}

/** An MCP client's side of the authorization, for somebody at a browser. */
class BrowserLogin implements OAuthClientProvider {
  readonly asked: URL[] = [];
  #tokens: OAuthTokens | undefined;
  #verifier = '';
  constructor(readonly redirectUrl: string) {}
  readonly clientMetadata = { redirect_uris: [] as string[], client_name: 'An agent' };
  clientInformation = () => ({ client_id: MCP_CLIENT });
  tokens = () => this.#tokens;
  saveTokens = (tokens: OAuthTokens): void => void (this.#tokens = tokens);
  redirectToAuthorization = (url: URL): void => void this.asked.push(url);
  saveCodeVerifier = (verifier: string): void => void (this.#verifier = verifier);
  codeVerifier = () => this.#verifier;
}

const text = async (client: Client, args = {}): Promise<string> => {
  const { content } = (await client.callTool({ name: 'token', arguments: args })) as { content: { text: string }[] };
  return content.map((part) => part.text).join();
};

describe.each(adapters)('an MCP server on %s', (adapter) => {
  let test: TestApp;
  let audience: string;
  const clients: Client[] = [];
  beforeAll(async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    audience = `${url}/mcp`;
    test = await startApiApp(adapter, {
      port,
      controllers: [McpRoute],
      tenant: {
        apis: [
          { identifier: 'https://api.example.com', scopes: ['read:events'] },
          { identifier: audience, scopes: ['read:tools', 'write:tools'] },
        ],
        clients: [
          { ...API_CLIENT, redirectUris: [], grantTypes: [TOKEN_VAULT_GRANT], api: audience },
          {
            clientId: MCP_CLIENT,
            redirectUris: [`${url}/calendar/open`],
            grantTypes: ['authorization_code', 'refresh_token'],
          },
        ],
      },
      options: { apiAudience: audience, apiClient: API_CLIENT, apiScopes: ['read:tools'] },
    });
  });
  afterAll(() => test?.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  const agent = (capabilities: ClientCapabilities = {}): Client => {
    const client = new Client(
      { name: 'an-agent', version: '1.0.0' },
      { capabilities, versionNegotiation: { mode: 'auto' } },
    );
    clients.push(client);
    return client;
  };
  const tokenOf = (sub: string, claims = {}): Promise<string> =>
    mintAccessToken(test, { sub, aud: [audience], scope: 'read:tools write:tools', ...claims });
  const connected = async (token: string, capabilities?: ClientCapabilities): Promise<Client> => {
    const client = agent(capabilities);
    await client.connect(
      new StreamableHTTPClientTransport(new URL(audience), { requestInit: { headers: bearer(token) } }),
    );
    return client;
  };

  it('is found by the official client, which logs a person in and asks for more where that is not enough', async () => {
    const person = new Person();
    const login = new BrowserLogin(test.at('/calendar/open'));
    const authorize = async (): Promise<void> => {
      const transport = new StreamableHTTPClientTransport(new URL(audience), { authProvider: login });
      await expect(agent().connect(transport)).rejects.toThrow(UnauthorizedError);
      const page = await person.open(login.asked.at(-1)!);
      const back = page.url.startsWith(test.url)
        ? page
        : await person.submit(page, { user: 'auth0|alice', action: 'login' });
      await transport.finishAuth(new URL(back.url).searchParams);
    };

    await authorize();
    expect(login.asked[0]!.searchParams.get('scope')?.split(' '), 'of the 401').toContain('read:tools');
    expect(login.asked[0]!.searchParams.get('scope')).not.toContain('write:tools');
    expect(login.asked[0]!.searchParams.get('resource')).toBe(audience);

    await authorize();
    expect(login.asked[1]!.searchParams.get('scope')?.split(' '), 'of the 403').toContain('write:tools');

    const client = agent();
    await client.connect(new StreamableHTTPClientTransport(new URL(audience), { authProvider: login }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['token']);
  });

  it('has its metadata where RFC 9728 puts them, and at the root of the application', async () => {
    const inserted = test.at('/.well-known/oauth-protected-resource/mcp');
    const { status, headers } = await new Person().request(audience, { method: 'POST' });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain(`scope="read:tools", resource_metadata="${inserted}"`);
    const metadata = {
      resource: audience,
      authorization_servers: [test.tenant.issuer],
      scopes_supported: ['read:tools'],
    };
    expect((await new Person().request(inserted)).json()).toMatchObject(metadata);
    expect((await new Person().request(test.at('/.well-known/oauth-protected-resource'))).json()).toMatchObject(
      metadata,
    );
    expect((await new Person().request(`${inserted}/other`)).status).toBe(404);
  });

  it('has the person connect an account in the middle of a call, and the call goes on', async () => {
    const client = await connected(await tokenOf('auth0|alice'), { elicitation: { url: {} } });
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    const opened: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      opened.push((params as { url: string }).url);
      await openConnectLink(new Person(), opened.at(-1)!, 'auth0|alice');
      return { action: 'accept' };
    });
    expect(await text(client)).toMatch(/^auth0\|alice github_/);
    expect(opened).toHaveLength(1);
  });

  it('asks once in a call, whatever the person answers', async () => {
    const client = await connected(await tokenOf('auth0|carol'), { elicitation: { url: {} } });
    const answers = ['decline', 'accept'] as const;
    let asked = 0;
    client.setRequestHandler('elicitation/create', async () => ({ action: answers[asked++]! }));
    expect(await text(client)).toContain('does not want to');
    expect(await text(client), 'accepted, and the page was left').toContain(test.url);
    expect(asked).toBe(2);
  });

  it.each<[string, ClientCapabilities]>([
    ['a client that cannot be asked', {}],
    ['a client that is asked by forms alone', { elicitation: { form: {} } }],
  ])('gives the link as text to %s', async (_, capabilities) => {
    expect(await text(await connected(await tokenOf('auth0|carol'), capabilities))).toContain(test.url);
  });

  it('gives nothing away to a client that lies about what it can do', async () => {
    const client = await connected(await tokenOf('auth0|carol'), { elicitation: { url: {} } });
    const asked = client.callTool({ name: 'token', arguments: {} });
    await expect(asked, 'it has no handler').rejects.toThrow(/elicitation/);
  });

  it('acts for the caller, whomever the model or the client names', async () => {
    test.control.connectAccount('auth0|bob', 'github');
    const carol = await connected(await tokenOf('auth0|carol'));
    expect(await text(carol, { userId: 'auth0|bob' })).toContain('Connect an account');
    const bob = await connected(await tokenOf('auth0|bob'));
    expect(await text(bob, { userId: 'auth0|carol' })).toMatch(/^auth0\|bob github_/);
  });

  it('lets no call in when the token is over', async () => {
    const past = Math.floor(Date.now() / 1000) - 3600;
    const ended = { iat: past - 60, exp: past };
    await expect(connected(await tokenOf('auth0|alice', ended))).rejects.toThrow(/Unauthorized|401|invalid_token/i);
  });
});
