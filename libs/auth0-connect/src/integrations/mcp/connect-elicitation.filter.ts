import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { CallToolResult, InputRequiredResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { from, map, of, type Observable } from 'rxjs';
import { Auth0ConnectError, ConnectNeededError } from '../../errors/index.js';
import { elicitConnect } from './connect-elicitation.js';

/** What `@rekog/mcp-nest` hands to a tool besides its arguments, as far as it is used here. */
interface ToolContext {
  readonly mcpServer: McpServer;
  readonly sdkContext?: ServerContext;
}

/**
 * For tools of `@rekog/mcp-nest`: asks the person at the client to connect an account, as `withConnect` does, and tells the
 * model of this library's other errors what they say in place of "Internal server error". Their messages hold no secret.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-mode-elicitation-requests
 *
 * @example
 * @McpController()
 * @UseFilters(ConnectElicitationFilter)
 * class ToolsController {}
 */
@Catch(Auth0ConnectError)
export class ConnectElicitationFilter implements ExceptionFilter<Auth0ConnectError> {
  /** Nest's hook: what the tool answers in place of the error. */
  catch(error: Auth0ConnectError, host: ArgumentsHost): Observable<CallToolResult | InputRequiredResult> {
    if (!(error instanceof ConnectNeededError)) {
      return of({ content: [{ type: 'text', text: error.message }], isError: true });
    }
    const { mcpServer: server, sdkContext } = host.switchToRpc().getContext<ToolContext>();
    const answer = from(elicitConnect(error, { server, mcpReq: sdkContext?.mcpReq }));
    // What has no list of content is taken for a value to be shown to the model.
    return answer.pipe(map((result) => ({ content: [], ...result })));
  }
}
