/** A user interface that was built for @auth0/ai-vercel, in front of an application of this library. */
import { createRequire } from 'node:module';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Body, Controller, Get, Header, Inject, Post, Res, UseGuards } from '@nestjs/common';
import {
  convertToModelMessages,
  createUIMessageStream,
  pipeUIMessageStreamToResponse,
  simulateReadableStream,
  streamText,
  tool,
  type UIMessage,
} from 'ai';
import { MockLanguageModelV2 } from 'ai/test';
import { ConnectedAccountsService, CurrentSession, SessionGuard, type LoginSession } from 'nestjs-auth0-connect';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { titledBlocks, writeCompiled } from '../docs/written-examples.js';
import { someUsers } from '../support/flows.js';
import { adapters, CALENDAR_SCOPE, TestApp } from '../support/test-app.js';
import { bundle, launchBrowser, logIn } from './support/browser.js';

// Their ES modules import files without an extension, which Node does not find; their CommonJS files load.
const require = createRequire(import.meta.url);
const { withInterruptions } = require('@auth0/ai-vercel/interrupts') as typeof import('@auth0/ai-vercel/interrupts');

const GOOGLE = { connection: 'google-oauth2', scopes: [CALENDAR_SCOPE] };

type StreamPart =
  Awaited<ReturnType<MockLanguageModelV2['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;
type OnToolError = (messages: readonly UIMessage[]) => (error: unknown) => string;
let onToolError: OnToolError;
let script: string;

/** As Auth0 documents it for its own library, but for `onError`, which is what docs/agents.md shows. */
@Controller('chat')
@UseGuards(SessionGuard)
class ChatController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return '<!doctype html><html lang="en"><title>Chat</title><div id="root"></div><script src="/chat/app.js"></script></html>';
  }

  @Get('app.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  app(): string {
    return script;
  }

  @Post('turns')
  turn(
    @CurrentSession() session: LoginSession,
    @Body() { messages }: { messages: UIMessage[] },
    @Res() reply: ServerResponse | { hijack(): void; raw: ServerResponse },
  ): Promise<void> {
    const tools = {
      readCalendar: tool({
        description: 'The next event',
        inputSchema: z.object({ day: z.string() }),
        execute: async ({ day }) => {
          const { accessToken } = await this.accounts.getAccessTokenForConnection(session, GOOGLE);
          return `the calendar of ${day} by ${accessToken}`;
        },
      }),
    };
    const stream = createUIMessageStream({
      originalMessages: messages,
      onError: onToolError(messages),
      execute: withInterruptions(
        async ({ writer }) => {
          const result = streamText({
            model: scriptedModel(),
            messages: convertToModelMessages(messages),
            tools,
            onFinish: ({ content, finishReason }) => {
              const last = content.at(-1);
              if (finishReason !== 'tool-calls' || last?.type !== 'tool-error') return;
              const { error: cause, toolCallId, toolName, input: toolArgs } = last;
              throw Object.assign(new Error('a tool has failed', { cause }), { toolCallId, toolName, toolArgs });
            },
          });
          writer.merge(result.toUIMessageStream());
        },
        { messages, tools },
      ),
    });
    if ('raw' in reply) reply.hijack();
    return pipeUIMessageStreamToResponse({ response: 'raw' in reply ? reply.raw : reply, stream });
  }
}

/** Calls the tool, and then says what it has answered. */
function scriptedModel(): MockLanguageModelV2 {
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  const call = { type: 'tool-call', toolCallId: 'call-1', toolName: 'readCalendar', input: '{"day":"today"}' } as const;
  return new MockLanguageModelV2({
    doStream: async ({ prompt }) => {
      const answer = prompt.flatMap(({ role, content }) => (role === 'tool' ? content : [])).at(-1)?.output.value;
      const text = { type: 'text-delta', id: '1', delta: `It says: ${JSON.stringify(answer)}` } as const;
      const said: StreamPart[] =
        answer === undefined
          ? [call, { type: 'finish', finishReason: 'tool-calls', usage }]
          : [
              { type: 'text-start', id: '1' },
              text,
              { type: 'text-end', id: '1' },
              { type: 'finish', finishReason: 'stop', usage },
            ];
      return { stream: simulateReadableStream({ initialDelayInMs: null, chunkDelayInMs: null, chunks: said }) };
    },
  });
}

beforeAll(async () => {
  const folder = join(import.meta.dirname, '.recipes/auth0-ai-front-end');
  writeCompiled(folder, ['tool-error.ts'], titledBlocks('docs/agents.md'), (code) => code);
  ({ onToolError } = (await import(join(folder, 'tool-error.js'))) as { onToolError: OnToolError });
  script = await bundle('ai-chat.tsx');
});

const asked = (times: number): string =>
  `Asked ${times} times, for {"id":"call-1","name":"readCalendar","args":{"day":"today"}}`;

describe.each(adapters)('a user interface for @auth0/ai-vercel in front of %s', (adapter) => {
  let test: TestApp;
  let browser: Browser;
  let page: Page;
  let user: string;
  let count = 0;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(9) }, controllers: [ChatController] });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await test?.stop();
  });
  beforeEach(async () => {
    user = `auth0|person${count}`;
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(test.at('/auth/login?returnTo=/chat'));
    await logIn(page, `Person ${count++}`);
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('region', { name: 'Connect google-oauth2' }).waitFor();
  });

  const connect = async (): Promise<void> => {
    const popupOpens = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'Connect' }).click();
    const popup = await popupOpens;
    const closes = popup.waitForEvent('close');
    await popup.getByRole('button', { name: 'Approve' }).click();
    await closes;
  };
  const goOn = async (): Promise<void> => page.getByRole('button', { name: 'Go on' }).click();
  const answer = async (): Promise<string | null> => page.getByText('It says:').textContent();

  it('asks to connect in the middle of the conversation, and the tool goes on', async () => {
    await connect();
    await goOn();
    expect(await answer()).toMatch(/the calendar of today by google-oauth2_/);
    expect(test.control.accounts(user)).toMatchObject([{ connection: 'google-oauth2', scopes: [CALENDAR_SCOPE] }]);
  });

  it('asks again where it goes on too early, for the same call', async () => {
    await page.getByText(asked(1)).waitFor();
    await goOn();
    await page.getByText(asked(2)).waitFor();
    await connect();
    await goOn();
    expect(await answer()).toMatch(/the calendar of today by google-oauth2_/);
  });
});
