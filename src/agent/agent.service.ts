import { Inject, Injectable } from '@nestjs/common';
import { generateText, isStepCount, type LanguageModel, type ModelMessage } from 'ai';
import { ConnectedAccountsService, type LoginSession } from 'nestjs-auth0-connect';
import { connectApproval } from 'nestjs-auth0-connect/ai';
import { AgentTools, TOOL_ACCOUNTS, type ToolName } from './agent-tools.service.js';

/** Injects the model: one by its name at a gateway, or the scripted one. */
export const AGENT_MODEL = Symbol('agent-model');

const MOST_STEPS = 8;
const INSTRUCTIONS =
  'You help a person with their day, by the tools you have. Use them one at a time. Where the person has not connected an account, go on without it. Answer briefly, in plain text, with lists as lines that begin with "• ".';

/** A tool that waits for the person, and the account it needs. */
export interface WaitingTool {
  approvalId: string;
  tool: ToolName;
  label: string;
  icon: string;
  /** What the account is needed for, but for what is missing in one that is connected. */
  isMissingScopes: boolean;
  /** Where the person connects it; left out where another consent would not help. */
  link?: { id: string; url: string };
}

/** What the agent has done since the last message. */
export interface Turn {
  /** To be sent along with the next one. */
  messages: ModelMessage[];
  text: string;
  /** The tools that have run. */
  used: { label: string; icon: string }[];
  waiting: WaitingTool[];
}

/** A model with three tools, in a loop that pauses where the person has to connect an account. */
@Injectable()
export class AgentService {
  constructor(
    @Inject(AgentTools) private readonly tools: AgentTools,
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(AGENT_MODEL) private readonly model: LanguageModel,
  ) {}

  async goOn(session: LoginSession, messages: ModelMessage[]): Promise<Turn> {
    const { responseMessages, steps, text } = await generateText({
      model: this.model,
      instructions: INSTRUCTIONS,
      messages,
      tools: this.tools.of(session),
      toolApproval: connectApproval(this.accounts, session, TOOL_ACCOUNTS),
      stopWhen: isStepCount(MOST_STEPS),
    });
    const results = responseMessages.flatMap((message) => (message.role === 'tool' ? message.content : []));
    return {
      messages: responseMessages,
      text,
      used: results.filter((part) => part.type === 'tool-result' && isAnswer(part.output)).map(usedTool),
      waiting: (steps.at(-1)?.content ?? [])
        .filter((part) => part.type === 'tool-approval-request')
        .map(({ approvalId, toolCall, reason }) => waitingTool(approvalId, toolCall.toolName as ToolName, reason)),
    };
  }
}

function isAnswer({ type }: { type: string }): boolean {
  return type === 'json' || type === 'text';
}

function usedTool(part: object): Turn['used'][number] {
  const { label, icon } = TOOL_ACCOUNTS[(part as { toolName: ToolName }).toolName];
  return { label, icon };
}

/** @param reason the body of the error, as JSON */
function waitingTool(approvalId: string, name: ToolName, reason = '{}'): WaitingTool {
  const { connectLink: link, errorCode } = JSON.parse(reason) as {
    errorCode?: string;
    connectLink?: { id: string; url: string };
  };
  const { label, icon } = TOOL_ACCOUNTS[name];
  return { approvalId, tool: name, label, icon, isMissingScopes: errorCode === 'insufficient_scope', link };
}
