import { setReceived, type Context, type Middleware } from '../http/context.js';
import { mediaType, parseBody, readBody } from '../http/request-body.js';
import { errorResponse } from '../my-account/error-response.js';
import type { Tenant } from '../state/tenant.js';
import type { ScriptedAnswer } from '../state/faults.js';
import type { RateState } from '../state/rate-limits.js';
import { kindOf, type RecordedRequest, type RequestKind } from '../state/recorded-request.js';
import { isRecord } from '../values.js';

const MY_ACCOUNT: ReadonlySet<RequestKind> = new Set([
  'connect',
  'complete',
  'accounts',
  'connections',
  'delete-account',
]);

/** What every request passes first: it is recorded, and a test may hold it, delay it or answer in its place. */
export function controlGate(tenant: Tenant): Middleware {
  return async (ctx, next) => {
    const record = await receive(tenant, ctx);
    try {
      await tenant.faults.beforeCall(record);
      const rate = tenant.rateLimits.take(record.kind);
      const failure = tenant.faults.nextFailure(record);
      if (MY_ACCOUNT.has(record.kind)) setRateHeaders(ctx, rate);
      if (failure) answerWith(ctx, failure);
      else if (rate.retryAfterSeconds !== undefined) tooMany(ctx, record.kind, rate);
      else {
        await next();
        rewrite(tenant, ctx, record);
      }
    } finally {
      record.status = ctx.status;
    }
  };
}

async function receive(tenant: Tenant, ctx: Context): Promise<RecordedRequest> {
  const raw = await readBody(ctx.req);
  const contentType = mediaType(ctx.req);
  const body = parseBody(raw, contentType);
  const record: RecordedRequest = {
    kind: kindOf(ctx.method, ctx.path, body),
    method: ctx.method,
    path: ctx.path,
    query: queryOf(ctx),
    headers: { ...ctx.req.headers },
    body,
    status: 0,
  };
  setReceived(ctx, { record, raw, contentType });
  tenant.log.add(record);
  return record;
}

function queryOf(ctx: Context): RecordedRequest['query'] {
  const given = Object.entries(ctx.query).filter(
    (entry): entry is [string, string | string[]] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}

function answerWith(ctx: Context, { status, body, headers = {}, contentType }: ScriptedAnswer): void {
  ctx.status = status;
  ctx.set(headers);
  if (body === undefined) {
    ctx.body = null;
    ctx.status = status;
    return;
  }
  const isText = typeof body === 'string';
  ctx.set(
    'content-type',
    contentType ??
      headers['content-type'] ??
      (isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'),
  );
  ctx.body = isText ? body : JSON.stringify(body);
}

function rewrite(tenant: Tenant, ctx: Context, record: RecordedRequest): void {
  const replace = tenant.faults.nextRewrite(record);
  if (!replace) return;
  const { body, status }: { body?: unknown; status: number } = ctx;
  const answered = typeof body === 'string' ? parseJson(body) : structuredClone(body);
  const replaced = replace(isRecord(answered) ? answered : {});
  ctx.body = replaced;
  if (typeof replaced === 'object') ctx.type = 'json';
  ctx.status = status;
}

function setRateHeaders(ctx: Context, { limit, remaining, reset }: RateState): void {
  ctx.set({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  });
}

function tooMany(ctx: Context, kind: RequestKind, rate: RateState): void {
  setRateHeaders(ctx, rate);
  ctx.set('retry-after', String(rate.retryAfterSeconds));
  ctx.set('x-auth0-error-kind', 'global-rate-limit');
  ctx.status = 429;
  ctx.body = MY_ACCOUNT.has(kind)
    ? errorResponse(429, 'Global rate limit has been reached.')
    : { error: 'too_many_requests', error_description: 'Global rate limit has been reached' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
