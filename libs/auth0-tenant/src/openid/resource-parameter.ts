import type { Middleware } from '../http/context.js';
import { audienceOf, resourceOf } from '../state/audiences.js';

/**
 * Takes `resource` (RFC 8707), which MCP clients send, for `audience`: Auth0's compatibility profile of the resource
 * parameter. A request with `audience` goes by that.
 *
 * @see https://auth0.com/docs/get-started/apis/resource-parameter
 */
export function resourceParameter(): Middleware {
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/authorize') ctx.query = withIndicator(ctx.query);
    await next();
  };
}

/** The parameters with the API that `resource` names as this tenant has it. */
export function withIndicator<Parameters extends Record<string, unknown>>(parameters: Parameters): Parameters {
  const { resource, ...others } = parameters;
  if (typeof resource !== 'string' || audienceOf(resource) !== undefined) return parameters;
  return (others.audience === undefined ? { ...others, resource: resourceOf(resource) } : others) as Parameters;
}
