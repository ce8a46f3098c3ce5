import { generateText, isStepCount, tool, type ModelMessage } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConnectionRequiredError, LoginRequiredError } from '../../errors/index.js';
import { connectApproval } from './index.js';

const LINK = { id: 'a'.repeat(43), url: 'https://app.example.com/auth/link/a', expiresAt: new Date(1_800_000_000_000) };
const USAGE = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that calls the tool for somebody it names, and says what came of it. */
function scriptedModel(): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const last = prompt.at(-1);
      if (last?.role === 'tool') {
        const text = JSON.stringify(last.content);
        return {
          content: [{ type: 'text', text }],
          finishReason: { unified: 'stop', raw: 'stop' },
          usage: USAGE,
          warnings: [],
        };
      }
      return {
        content: [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'listEvents', input: '{"user":"auth0|bob"}' }],
        finishReason: { unified: 'tool-calls', raw: 'tool-calls' },
        usage: USAGE,
        warnings: [],
      };
    },
  });
}

describe('the approval of the AI SDK for a tool that needs an account', () => {
  let connected: boolean;
  let asked: unknown[];
  let failure: Error | undefined;
  beforeEach(() => {
    connected = false;
    asked = [];
    failure = undefined;
  });

  const accounts = {
    getAccessTokenForConnection: async (subject: { userId: string }, wanted: { connection: string }) => {
      asked.push([subject.userId, wanted]);
      if (failure) throw failure;
      const { connection } = wanted;
      if (!connected) throw new ConnectionRequiredError({ connection, scopes: ['read'], createLink: async () => LINK });
      return { accessToken: `token-of-${subject.userId}` };
    },
  };
  const alice = { userId: 'auth0|alice' };
  const wanted = { connection: 'google-oauth2', scopes: ['read'] };
  const tools = {
    listEvents: tool({
      inputSchema: z.object({ user: z.string() }),
      execute: async () => (await accounts.getAccessTokenForConnection(alice, wanted)).accessToken,
    }),
  };
  const run = (messages: ModelMessage[]) =>
    generateText({
      model: scriptedModel(),
      tools,
      toolApproval: connectApproval(accounts, alice, { listEvents: wanted }),
      stopWhen: isStepCount(3),
      messages,
    });
  const question: ModelMessage = { role: 'user', content: 'What is on today?' };

  /** The conversation after the user's answer to the tool that waits. */
  const answered = (paused: Awaited<ReturnType<typeof run>>, approved: boolean): ModelMessage[] => {
    const request = paused.content.find((part) => part.type === 'tool-approval-request')!;
    const { approvalId } = request;
    return [
      question,
      ...paused.response.messages,
      { role: 'tool', content: [{ type: 'tool-approval-response', approvalId, approved }] },
    ];
  };

  it('pauses the tool with what there is to connect, and runs it after the approval', async () => {
    const paused = await run([question]);
    expect(paused.text).toBe('');
    const request = paused.content.find((part) => part.type === 'tool-approval-request');
    expect(JSON.parse(request!.reason!)).toEqual({
      statusCode: 403,
      errorCode: 'connection_required',
      message: 'Connect an account of "google-oauth2" to continue',
      connection: 'google-oauth2',
      scopes: ['read'],
      connectLink: { ...LINK, expiresAt: LINK.expiresAt.toISOString() },
    });

    connected = true;
    expect((await run(answered(paused, true))).text).toContain('token-of-auth0|alice');
  });

  it('acts for its subject whoever the model names', async () => {
    connected = true;
    const { text } = await run([question]);
    expect(text).toContain('token-of-auth0|alice');
    expect(text).not.toContain('bob"');
    expect(asked).toEqual([
      [alice.userId, wanted],
      [alice.userId, wanted],
    ]);
  });

  it('tells the model what is missing when the user approves too early, and that they would not', async () => {
    const paused = await run([question]);
    expect((await run(answered(paused, true))).text).toContain('Connect an account');
    expect((await run(answered(paused, false))).text).not.toContain('token-of');
  });

  it('lets nothing run when it cannot be known whether the account is connected', async () => {
    failure = new LoginRequiredError();
    await expect(run([question])).rejects.toBe(failure);
  });
});
