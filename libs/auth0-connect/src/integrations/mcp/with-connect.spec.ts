import { Client, InMemoryTransport, type ClientCapabilities } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionRequiredError } from '../../errors/index.js';
import { withConnect } from './index.js';

const LINK = { id: 'a'.repeat(43), url: 'https://app.example.com/auth/link/a', expiresAt: new Date(1_800_000_000_000) };

describe('a tool of a server of revision 2025-11-25', () => {
  let failure: Error | undefined;
  let client: Client | undefined;
  beforeEach(() => {
    failure = new ConnectionRequiredError({ connection: 'github', scopes: [], createLink: async () => LINK });
  });
  afterEach(() => client?.close());

  const connect = async (capabilities: ClientCapabilities): Promise<Client> => {
    const server = new McpServer({ name: 'tools', version: '1.0.0' });
    server.registerTool(
      'repositories',
      { description: 'of the user' },
      withConnect(server, async () => {
        if (failure) throw failure;
        return { content: [{ type: 'text', text: 'one, two' }] };
      }),
    );
    const [there, here] = InMemoryTransport.createLinkedPair();
    client = new Client({ name: 'an-agent', version: '1.0.0' }, { capabilities });
    await Promise.all([server.connect(there as never), client.connect(here)]);
    return client;
  };
  const call = { name: 'repositories', arguments: {} };

  it('says by the error -32042 which link to open, and succeeds when it is called again', async () => {
    const agent = await connect({ elicitation: { url: {} } });
    await expect(agent.callTool(call)).rejects.toMatchObject({
      code: -32042,
      data: {
        elicitations: [
          { mode: 'url', url: LINK.url, elicitationId: LINK.id, message: expect.stringContaining('"github"') },
        ],
      },
    });
    failure = undefined;
    expect(await agent.callTool(call)).toMatchObject({ content: [{ text: 'one, two' }] });
  });

  it.each([
    ['cannot be asked', {}],
    ['is asked by forms alone', { elicitation: { form: {} } }],
  ])('gives the link as text to a client that %s', async (_, capabilities) => {
    const agent = await connect(capabilities);
    expect(await agent.callTool(call)).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining(LINK.url) }],
    });
  });

  it('only says what is wrong where another consent would not help', async () => {
    failure = new ConnectionRequiredError({ connection: 'github', scopes: [] });
    const agent = await connect({ elicitation: { url: {} } });
    expect(await agent.callTool(call)).toMatchObject({ isError: true, content: [{ text: failure.message }] });
  });

  it('leaves any other error what it is', async () => {
    failure = new Error('the provider is down');
    const agent = await connect({ elicitation: { url: {} } });
    expect(await agent.callTool(call)).toMatchObject({ isError: true, content: [{ text: 'the provider is down' }] });
  });
});
