import { bodyParameters, type Context, type Middleware } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { textOf } from '../values.js';
import type { ProviderToken } from '../state/token-vault.js';
import { githubRepos } from './github.js';
import { googleCalendar, googleEvents } from './google-calendar.js';
import { graphEvents } from './microsoft-graph.js';
import { slackChannels } from './slack.js';
import type { UpstreamApi } from './upstream-api.js';

const APIS: UpstreamApi[] = [googleCalendar, googleEvents, githubRepos, slackChannels, graphEvents];

/** The providers' own APIs, at `/upstream/...`, as far as they are pretended. */
export function upstreamApis(tenant: Tenant): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/upstream/')) {
      await next();
      return;
    }
    const api = APIS.find(({ path }) => path === ctx.path);
    if (!api?.methods.some((method) => method === ctx.method)) {
      ctx.status = api ? 405 : 404;
      ctx.body = { message: api ? 'Method Not Allowed' : 'Not Found' };
      return;
    }
    const token = presented(tenant, ctx, api);
    if (!token) api.unauthorized(ctx);
    else if (!api.scopes.some((scope) => token.scopes.includes(scope))) api.forbidden(ctx, token);
    else ctx.body = api.body(token);
  };
}

function presented(tenant: Tenant, ctx: Context, api: UpstreamApi): ProviderToken | undefined {
  const token = tenant.vault.liveToken(presentedValue(ctx, api));
  return token && tenant.connections.get(token.connection)?.strategy === api.strategy ? token : undefined;
}

function presentedValue(ctx: Context, { schemes, takesTokenInForm }: UpstreamApi): string {
  const [scheme = '', value = ''] = ctx.get('authorization').split(' ');
  if (schemes.some((one) => one === scheme.toLowerCase())) return value;
  return takesTokenInForm && ctx.method === 'POST' ? (textOf(bodyParameters(ctx).token) ?? '') : '';
}
