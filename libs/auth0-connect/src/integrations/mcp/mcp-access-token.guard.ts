import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ApiCaller } from '../../resource-server/api-caller.js';
import { AccessTokenGuard } from '../../nest/guards/access-token.guard.js';
import { requestContextOf } from '../../nest/request/request-context.js';

/**
 * `AccessTokenGuard` for the route of an MCP server: `request.user` says the scopes of the access token besides, as
 * `@ToolScopes` and the step-up of `@rekog/mcp-nest` look for them.
 *
 * @example
 * @Controller('mcp')
 * @UseGuards(McpAccessTokenGuard)
 * class McpRoute {}
 */
@Injectable()
export class McpAccessTokenGuard extends AccessTokenGuard {
  /** Nest's hook. Who gets in is what `AccessTokenGuard` says. */
  override async authenticate(context: ExecutionContext): Promise<boolean> {
    const isIn = await super.authenticate(context);
    const known = requestContextOf(context);
    const subject = known.admitted(context)?.found?.subject;
    const { user } = known.request;
    if (subject instanceof ApiCaller && typeof user === 'object') {
      const withScopes = { ...user, scopes: [...subject.scopes] };
      known.request.user = withScopes;
      // On Fastify it is Node's own request that the MCP server looks at.
      const { raw } = known.request as { raw?: { user?: unknown } };
      if (raw) raw.user = withScopes;
    }
    return isIn;
  }
}
