import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, END, INTERRUPT, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InsufficientScopeError, LoginRequiredError } from '../../errors/index.js';
import { orInterrupt, type ConnectInterrupt } from './index.js';

const LINK = { id: 'a'.repeat(43), url: 'https://app.example.com/auth/link/a', expiresAt: new Date(1_800_000_000_000) };
const CALL = { id: 'call-1', name: 'list-events', args: { user: 'auth0|bob' } };

describe('a tool of a graph that needs an account', () => {
  let connected: boolean;
  let failure: Error;
  beforeEach(() => {
    connected = false;
    failure = new InsufficientScopeError({
      connection: 'google-oauth2',
      scopes: ['read', 'write'],
      missingScopes: ['write'],
      createLink: async () => LINK,
    });
  });

  const listEvents = tool(
    async (_input, config: { toolCall?: { id?: string; name: string; args: unknown } }) =>
      orInterrupt(() => {
        if (!connected) throw failure;
        return 'events of alice';
      }, config.toolCall),
    { name: 'list-events', description: 'What is on today', schema: z.object({ user: z.string() }) },
  );
  // A model that calls the tool once, for somebody it names, and ends.
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) =>
      messages.at(-1)!.getType() === 'tool'
        ? { messages: [new AIMessage('done')] }
        : { messages: [new AIMessage({ content: '', tool_calls: [{ ...CALL, type: 'tool_call' }] })] },
    )
    .addNode('tools', new ToolNode([listEvents]))
    .addEdge(START, 'model')
    .addConditionalEdges('model', ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : END))
    .addEdge('tools', 'model')
    .compile({ checkpointer: new MemorySaver() });

  const run = async (thread: string, input: unknown): Promise<{ waits?: ConnectInterrupt; said: unknown[] }> => {
    const config = { configurable: { thread_id: thread } };
    const result = (await graph.invoke(input as never, config)) as {
      messages: { content: unknown }[];
      [INTERRUPT]?: { value: ConnectInterrupt }[];
    };
    return { waits: result[INTERRUPT]?.[0]?.value, said: result.messages.map(({ content }) => content) };
  };
  const question = { messages: [new HumanMessage('What is on today?')] };

  it('interrupts with what there is to connect, and goes on when it is resumed', async () => {
    const { waits } = await run('one', question);
    expect(waits).toEqual({
      errorCode: 'insufficient_scope',
      message: failure.message,
      connection: 'google-oauth2',
      scopes: ['read', 'write'],
      missingScopes: ['write'],
      connectLink: LINK,
      toolCall: CALL,
    });

    connected = true;
    const { waits: still, said } = await run('one', new Command({ resume: 'connected' }));
    expect(still).toBeUndefined();
    expect(said).toEqual(['What is on today?', '', 'events of alice', 'done']);
  });

  it('interrupts again as often as it is resumed too early', async () => {
    await run('two', question);
    for (const _ of [1, 2]) {
      expect((await run('two', new Command({ resume: 'I think so' }))).waits).toMatchObject({ connectLink: LINK });
    }
    connected = true;
    expect((await run('two', new Command({ resume: 'now' }))).said.at(-1)).toBe('done');
  });

  it('does not interrupt for what a connect does not put right', async () => {
    failure = new LoginRequiredError();
    const { waits, said } = await run('three', question);
    expect(waits).toBeUndefined();
    expect(said.at(-2)).toContain(failure.message);
  });
});
