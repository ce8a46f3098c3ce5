/** The code of docs/agents.md, as it is there. The providers' addresses lead to the tenant. */
import { join } from 'node:path';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { Command, END, INTERRUPT, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Type } from '@nestjs/common';
import { McpStrategy, type StreamableHttpTransport } from '@rekog/mcp-nest';
import type { LanguageModel, ModelMessage } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { decodeJwt } from 'jose';
import { ConnectedAccountsService, SessionService, type LoginSession } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { titledBlocks, writeShown } from '../docs/written-examples.js';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { openConnectLink, someUsers } from '../support/flows.js';
import { Person } from '../support/person.js';
import { API_AUDIENCE, CLIENT, type TestApp } from '../support/test-app.js';

const folder = join(import.meta.dirname, '.recipes/agents');
const TITLES = [
  'payment-tool.ts',
  'src/mcp.controller.ts',
  'mcp-tools.ts',
  'repository-agent.ts',
  'list-repositories.ts',
];
const PAYMENTS = 'https://payments.example.com';
const CIBA = 'urn:openid:params:grant-type:ciba';
const VAULT = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';

interface PaymentTool {
  pay(session: LoginSession, amount: number, signal: AbortSignal): Promise<string>;
}
interface RepositoryAgent {
  goOn(
    session: LoginSession,
    model: LanguageModel,
    messages: ModelMessage[],
  ): Promise<{ text: string; responseMessages: ModelMessage[]; content: { type: string }[] }>;
}
interface Recipes {
  PaymentTool: Type<PaymentTool>;
  McpRoute: Type;
  RepositoryAgent: Type<RepositoryAgent>;
  listRepositories: (accounts: ConnectedAccountsService, session: LoginSession) => never;
}
interface McpNestRecipe {
  ToolsController: Type;
  McpRoute: Type;
  transport: StreamableHttpTransport;
}

let recipes: Recipes;
let mcpNest: McpNestRecipe;
let test: TestApp;
let user: string;
let count = 0;
const payments: (string | undefined)[] = [];

beforeAll(async () => {
  writeShown(folder, TITLES, titledBlocks('docs/agents.md'));
  const load = async (title: string): Promise<object> => (await import(join(folder, title))) as object;
  const [payment, mcp, nest, agent, graph] = await Promise.all(TITLES.map(load));
  recipes = { ...payment, ...mcp, ...agent, ...graph } as Recipes;
  mcpNest = nest as McpNestRecipe;
  test = await startApiApp('Express', {
    tenant: {
      users: someUsers(20),
      apis: [
        { identifier: API_AUDIENCE, scopes: [] },
        { identifier: PAYMENTS, scopes: ['pay'] },
      ],
    },
    controllers: [recipes.McpRoute],
    providers: [recipes.PaymentTool, recipes.RepositoryAgent],
  });
  register(test);
  const { fetch: real } = globalThis;
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.startsWith('https://api.github.com/')) {
      return real(url.replace('https://api.github.com', `${test.tenant.domain}/upstream/github`), init);
    }
    if (!url.startsWith(`${PAYMENTS}/`)) return real(input, init);
    const { aud } = decodeJwt(new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? '');
    payments.push(...[aud].flat());
    return Response.json({}, { status: 201 });
  });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await test?.stop();
});
beforeEach(() => {
  user = `auth0|person${count++}`;
});

/** One client for several applications. */
function register(...apps: TestApp[]): void {
  test.tenant.addClient({
    ...CLIENT,
    redirectUris: apps.flatMap((app) => [app.at('/auth/callback'), app.at('/auth/connected')]),
    grantTypes: ['authorization_code', 'refresh_token', CIBA, VAULT],
  });
}

const sessionOf = async (userId: string): Promise<LoginSession> => {
  await test.logIn(userId);
  const [session] = await test.app.get(SessionService).listSessions(userId);
  return session!;
};
const connect = async (link: string | undefined): Promise<unknown> => openConnectLink(new Person(), link ?? '', user);

describe('the tool that pays', () => {
  it.each([
    ['approves', 'paid', [PAYMENTS]],
    ['denies', 'The person did not approve it', []],
  ] as const)('where the person %s: %s', async (decision, outcome, paid) => {
    const session = await sessionOf(user);
    payments.length = 0;
    test.control.rewriteNext('backchannel', (body) => ({ ...body, interval: 0.02 }));
    const asks = test.control.hold('backchannel');
    const paying = test.app.get(recipes.PaymentTool).pay(session, 10, new AbortController().signal);
    await asks.arrived;
    const polls = test.control.hold('token-other');
    asks.release();
    await polls.arrived;
    await (decision === 'approves' ? test.control.approveBackchannel() : test.control.denyBackchannel());
    polls.release();
    expect(await paying).toBe(outcome);
    expect(payments).toEqual(expect.arrayContaining([...paid]));
    expect(payments.length > 0).toBe(paid.length > 0);
  });
});

describe('a tool of an MCP server', () => {
  const clients: Client[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  /** Calls it as a client that can show text only. */
  async function call(url: string, app = test): Promise<string> {
    const client = new Client({ name: 'an-agent', version: '1.0.0' });
    clients.push(client);
    const headers = bearer(await mintAccessToken(app, { sub: user, scope: 'openid read:tools' }));
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
    const { content } = (await client.callTool({ name: 'list-repositories', arguments: {} })) as {
      content: { text: string }[];
    };
    return content.map(({ text }) => text).join();
  }

  it('has the account connected, and then goes on', async () => {
    const [link] = /https?:\S+\/auth\/link\/[\w-]+/.exec(await call(test.at('/mcp'))) ?? [];
    await connect(link);
    expect(await call(test.at('/mcp'))).toContain('website');
  });

  it('does so with @rekog/mcp-nest', async () => {
    const strategy = new McpStrategy({
      name: 'tools',
      version: '1.0.0',
      logging: false,
      transports: [mcpNest.transport],
    });
    const other = await startApiApp('Express', {
      sharedTenant: test.tenant,
      controllers: [mcpNest.ToolsController, mcpNest.McpRoute],
      configure: (app) => {
        strategy.setHttpAdapter(app.getHttpAdapter());
        app.connectMicroservice({ strategy });
      },
      beforeListen: (app) => app.startAllMicroservices(),
    });
    register(test, other);
    try {
      const [link] = /https?:\S+\/auth\/link\/[\w-]+/.exec(await call(other.at('/mcp'), other)) ?? [];
      await connect(link);
      expect(await call(other.at('/mcp'), other)).toContain('website');
    } finally {
      await other.stop();
    }
  });
});

describe('a tool of the AI SDK', () => {
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  };
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const last = prompt.at(-1);
      return last?.role === 'tool'
        ? {
            content: [{ type: 'text', text: JSON.stringify(last.content) }],
            finishReason: { unified: 'stop', raw: 'stop' },
            usage,
            warnings: [],
          }
        : {
            content: [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'listRepositories', input: '{}' }],
            finishReason: { unified: 'tool-calls', raw: 'tool-calls' },
            usage,
            warnings: [],
          };
    },
  });

  it('waits for the account, and runs when the person has approved', async () => {
    const agent = test.app.get(recipes.RepositoryAgent);
    const session = await sessionOf(user);
    const question: ModelMessage = { role: 'user', content: 'What have I worked on?' };
    const asked = await agent.goOn(session, model, [question]);
    const request = asked.content.find(({ type }) => type === 'tool-approval-request') as unknown as {
      approvalId: string;
      reason: string;
    };
    const { connectLink } = JSON.parse(request.reason) as { connectLink: { url: string } };
    await connect(connectLink.url);
    const approved: ModelMessage = {
      role: 'tool',
      content: [{ type: 'tool-approval-response', approvalId: request.approvalId, approved: true }],
    };
    const done = await agent.goOn(session, model, [question, ...asked.responseMessages, approved]);
    expect(done.text).toContain('website');
  });
});

describe('a tool of LangGraph', () => {
  it('interrupts the graph for the account, and goes on when it is resumed', async () => {
    const tool = recipes.listRepositories(test.app.get(ConnectedAccountsService), await sessionOf(user));
    const call = { id: 'call-1', name: 'list-repositories', args: {}, type: 'tool_call' as const };
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('model', async ({ messages }) =>
        messages.at(-1)!.getType() === 'tool'
          ? { messages: [new AIMessage('done')] }
          : { messages: [new AIMessage({ content: '', tool_calls: [call] })] },
      )
      .addNode('tools', new ToolNode([tool]))
      .addEdge(START, 'model')
      .addConditionalEdges('model', ({ messages }) =>
        (messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : END,
      )
      .addEdge('tools', 'model')
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: user } };
    const asked = (await graph.invoke({ messages: [new HumanMessage('What have I worked on?')] }, config)) as {
      [INTERRUPT]?: { value: { connectLink: { url: string } } }[];
    };
    await connect(asked[INTERRUPT]?.[0]?.value.connectLink.url);
    const { messages } = (await graph.invoke(new Command({ resume: 'connected' }), config)) as {
      messages: { content: unknown }[];
    };
    expect(messages.map(({ content }) => content).join(' ')).toContain('website');
  });
});
