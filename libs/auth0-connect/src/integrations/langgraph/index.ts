import { interrupt } from '@langchain/langgraph';
import { ConnectNeededError, InsufficientScopeError, type ConnectLink } from '../../errors/index.js';

/** Which call of a tool waits, for a user interface that shows it. */
export interface WaitingToolCall {
  /** The model's id of the call. */
  readonly id?: string;
  /** The tool's name. */
  readonly name: string;
  /** What the model has passed to it. */
  readonly args?: unknown;
}

/** The value of the interrupt: the body of our 403, and how the user goes on. */
export interface ConnectInterrupt {
  /** `connection_required` or `insufficient_scope`. */
  readonly errorCode: string;
  /** For the user; nothing that came from outside. */
  readonly message: string;
  /** The connection's name at Auth0. */
  readonly connection: string;
  /** All scopes to ask for. */
  readonly scopes: readonly string[];
  /** What is needed and was not granted, of `insufficient_scope`. */
  readonly missingScopes?: readonly string[];
  /** Which account of the connection. */
  readonly loginHint?: string;
  /** Where the user connects the account, wherever it is opened. */
  readonly connectLink?: ConnectLink;
  /** The call that waits. */
  readonly toolCall?: WaitingToolCall;
}

/**
 * Does the work of a tool or node of LangGraph, and interrupts the graph where an account has to be connected first. Resumed, with
 * whatever value, the work is done again; resumed before the account is connected it interrupts once more. Any other error
 * stays what it is.
 *
 * LangGraph runs a node from its beginning when it is resumed: what comes before `orInterrupt` is done again.
 *
 * @see https://docs.langchain.com/oss/javascript/langgraph/interrupts
 *
 * @example
 * const listEvents = tool(
 *   async (_, config) =>
 *     orInterrupt(() => calendar.today(accounts, config.configurable.subject), config.toolCall),
 *   { name: 'list-events', description: 'What is on today', schema },
 * );
 */
export async function orInterrupt<Result>(
  work: () => Result | Promise<Result>,
  toolCall?: WaitingToolCall,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectNeededError)) throw error;
      // Throws the first time; returns what the graph was resumed with on the way back.
      interrupt(await valueOf(error, toolCall));
    }
  }
}

async function valueOf(error: ConnectNeededError, toolCall: WaitingToolCall | undefined): Promise<ConnectInterrupt> {
  const { id, name, args } = toolCall ?? {};
  return {
    errorCode: error.code,
    message: error.message,
    connection: error.connection,
    scopes: error.scopes,
    ...(error instanceof InsufficientScopeError && { missingScopes: error.missingScopes }),
    ...(error.loginHint !== undefined && { loginHint: error.loginHint }),
    connectLink: await error.createLink(),
    ...(name !== undefined && { toolCall: { id, name, args } }),
  };
}
