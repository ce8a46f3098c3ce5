import type { CallToolResult, InputRequiredResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { ConnectNeededError } from '../../errors/index.js';
import { elicitConnect } from './connect-elicitation.js';

type ToolResult = CallToolResult | InputRequiredResult;

/**
 * A tool handler that asks the person at the client to connect an account, where that is what it lacks: by URL-mode
 * elicitation as the protocol revision of the call has it, or by a text with the link for a client that cannot open links.
 * The call that follows the consent succeeds. Any other error stays what it is.
 *
 * For whom the link is, is said by the subject that the handler has asked for a token for, and by nothing that the client or
 * the model sends. Opened by somebody else it connects nothing.
 *
 * @throws UrlElicitationRequiredError before revision 2026-07-28, which the server answers with -32042
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-mode-elicitation-requests
 *
 * @example
 * server.registerTool(
 *   'list-repositories',
 *   { description: 'The repositories of the user' },
 *   withConnect(server, async () => {
 *     const { accessToken } = await accounts.getAccessTokenForConnection(subject, { connection: 'github' });
 *     return { content: [{ type: 'text', text: await repositories(accessToken) }] };
 *   }),
 * );
 */
export function withConnect<Arguments extends unknown[]>(
  server: Pick<McpServer, 'server'>,
  handler: (...call: Arguments) => ToolResult | Promise<ToolResult>,
): (...call: Arguments) => Promise<ToolResult> {
  return async (...call) => {
    try {
      return await handler(...call);
    } catch (error) {
      if (!(error instanceof ConnectNeededError)) throw error;
      // The server passes its context last, whether the tool has arguments or none.
      const { mcpReq } = call.at(-1) as ServerContext;
      return elicitConnect(error, { server, mcpReq });
    }
  };
}
