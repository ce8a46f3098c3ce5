import type { LanguageModel } from 'ai';
import { fieldsOf, listOf, textOf } from '../providers/untrusted.js';
import type { ToolName } from './agent-tools.service.js';

type Model = Exclude<LanguageModel, string> & { specificationVersion: 'v4' };
type Prompt = Parameters<Model['doGenerate']>[0]['prompt'];
type Content = Awaited<ReturnType<Model['doGenerate']>>['content'];

/** What one tool has answered since the person has last said something; undefined for one that was refused or has failed. */
type Answers = Map<ToolName, unknown>;

const WORDS: readonly (readonly [ToolName, RegExp])[] = [
  ['readCalendar', /calendar|meeting|\bday\b|today|next|free/i],
  ['listRepositories', /repositor|github|code|work|\bday\b/i],
  ['listChannels', /slack|channel|chat|\bday\b/i],
];

/**
 * Plays a language model where there is none: it calls the tools that the person's words ask for, one at a time, and tells what
 * they have answered. Everything else is as with a real one.
 */
export function scriptedModel(): Model {
  return {
    specificationVersion: 'v4',
    provider: 'daylight',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate: async ({ prompt }) => {
      const content = replyTo(prompt);
      const isCall = content.some(({ type }) => type === 'tool-call');
      return {
        content,
        finishReason: { unified: isCall ? 'tool-calls' : 'stop', raw: undefined },
        usage: NONE,
        warnings: [],
      };
    },
    doStream: () => Promise.reject(new Error('The scripted model answers at once')),
  };
}

const NONE = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

function replyTo(prompt: Prompt): Content {
  const asked = prompt.findLastIndex(({ role }) => role === 'user');
  const wanted = WORDS.filter(([, words]) => words.test(wordsOf(prompt[asked]))).map(([name]) => name);
  const answers = answersIn(prompt.slice(asked + 1));
  const next = wanted.find((name) => !answers.has(name));
  if (next) return [{ type: 'tool-call', toolCallId: `${next}-${asked}`, toolName: next, input: '{}' }];
  return [{ type: 'text', text: wanted.length === 0 ? HELP : wanted.map((name) => told(name, answers)).join('\n\n') }];
}

const HELP = 'I can look at your calendar, your repositories and your Slack channels. Ask me what your day looks like.';

function wordsOf(message: Prompt[number] | undefined): string {
  return listOf(message?.content)
    .map((part) => textOf(fieldsOf(part).text) ?? '')
    .join(' ');
}

function answersIn(messages: Prompt): Answers {
  const results = messages.flatMap((message) => (message.role === 'tool' ? message.content : []));
  return new Map(
    results
      .filter((part) => part.type === 'tool-result')
      .map(({ toolName, output }) => [toolName as ToolName, output.type === 'json' ? output.value : undefined]),
  );
}

function told(name: ToolName, answers: Answers): string {
  const answer = answers.get(name);
  if (answer === undefined) return WITHOUT[name];
  if (name === 'readCalendar') return calendar(answer);
  return name === 'listRepositories' ? repositories(answer) : channels(answer);
}

const WITHOUT: Readonly<Record<ToolName, string>> = {
  readCalendar: 'I could not look at your calendar.',
  listRepositories: 'I could not look at your repositories.',
  listChannels: 'I could not look at Slack.',
};

function calendar(answer: unknown): string {
  const { events, timeZone } = fieldsOf(answer);
  const lines = listOf(events)
    .slice(0, 4)
    .map((event) => `• ${timeOf(event, textOf(timeZone))} ${textOf(fieldsOf(event).title) ?? 'Busy'}`);
  return lines.length === 0 ? 'Your calendar is empty.' : ['Next in your calendar:', ...lines].join('\n');
}

function timeOf(event: unknown, timeZone = 'UTC'): string {
  const { start, allDay } = fieldsOf(event);
  const day = { weekday: 'short', timeZone: allDay === true ? 'UTC' : timeZone } as const;
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en-GB', allDay === true ? day : { ...day, ...time });
  return `${format.format(new Date(textOf(start) ?? 0)).replace(',', '')},`;
}

function repositories(answer: unknown): string {
  const lines = listOf(answer)
    .slice(0, 3)
    .map((repository) => {
      const { name, description } = fieldsOf(repository);
      return `• ${[textOf(name), textOf(description)].filter(Boolean).join(': ')}`;
    });
  return lines.length === 0 ? 'You have no repositories.' : ['You worked last on:', ...lines].join('\n');
}

function channels(answer: unknown): string {
  const names = listOf(answer).map((name) => `#${String(name)}`);
  return names.length === 0 ? 'You are in no Slack channel.' : `In Slack you are in ${names.join(', ')}.`;
}
