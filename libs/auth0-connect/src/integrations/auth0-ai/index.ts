import { ConnectNeededError } from '../../errors/index.js';

/** The call of a tool that could not go on, as the agent's library names it. */
export interface InterruptedToolCall {
  /** The library's id of the call. */
  readonly id: string;
  /** The tool's name. */
  readonly name: string;
  /** What the model has passed to it. */
  readonly args: unknown;
}

/**
 * What user interfaces for `@auth0/ai-vercel` and `@auth0/ai-langchain` open a connect for.
 * @see https://auth0.com/ai/docs/intro/token-vault
 */
export interface Auth0Interrupt {
  /** By this they know an interrupt. */
  readonly name: 'AUTH0_AI_INTERRUPT';
  /** By this they know that an account is to be connected. */
  readonly code: 'TOKEN_VAULT_ERROR';
  /** For the developer; nothing that came from outside. */
  readonly message: string;
  /** The connection's name at Auth0. */
  readonly connection: string;
  /** What the tool needs. */
  readonly scopes: readonly string[];
  /** All scopes to ask for. */
  readonly requiredScopes: readonly string[];
  /** To be added to the address of the connect route. */
  readonly authorizationParams: Readonly<Record<string, string>>;
  /** What the interface does when the account is connected: it calls the tool again. */
  readonly behavior: 'resume';
  /** The call to be made again. */
  readonly toolCall: InterruptedToolCall;
}

/** Before the interrupt, where it travels as the text of an error. */
const PREFIX = 'AUTH0_AI_INTERRUPTION:';

/**
 * The interrupt of Auth0's own agent libraries for an error that a connect puts right: the value of LangGraph's `interrupt`
 * for a user interface that was built for `@auth0/ai-langchain`. Undefined for any other error.
 *
 * @example
 * interrupt(auth0Interrupt(error, { id, name, args }));
 */
export function auth0Interrupt(error: unknown, { id, name, args }: InterruptedToolCall): Auth0Interrupt | undefined {
  if (!(error instanceof ConnectNeededError)) return undefined;
  const { message, connection, scopes, loginHint } = error;
  return {
    name: 'AUTH0_AI_INTERRUPT',
    code: 'TOKEN_VAULT_ERROR',
    message,
    connection,
    scopes,
    requiredScopes: scopes,
    authorizationParams: loginHint === undefined ? {} : { login_hint: loginHint },
    behavior: 'resume',
    toolCall: { id, name, args },
  };
}

/**
 * The same as the text of an error, which `useInterruptions` of `@auth0/ai-vercel/react` reads. Undefined for any other error.
 * @see https://github.com/auth0/auth0-ai-js
 *
 * @example
 * const onError = (error: unknown) => auth0Interruption(error, { id, name, args }) ?? 'Something went wrong';
 */
export function auth0Interruption(error: unknown, toolCall: InterruptedToolCall): string | undefined {
  const interrupt = auth0Interrupt(error, toolCall);
  return interrupt && PREFIX + JSON.stringify(interrupt);
}
