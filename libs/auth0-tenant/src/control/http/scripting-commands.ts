import { z } from 'zod';
import type { RecordedRequest } from '../../state/recorded-request.js';
import type { TenantControl } from '../tenant-control.js';
import { amount, command, json, kind, text, times, type CommandTable } from './command.js';
import { Holds } from './holds.js';
import { isLike, mergePatch } from './json-documents.js';

/** What the tenant, a provider or a bad network does. */
export function scriptingCommands(control: TenantControl): CommandTable {
  const holds = new Holds();
  const nothing = z.strictObject({});
  return {
    requests: command(z.strictObject({ kind: kind.optional() }), (p) => ({
      requests: control.requests.filter((request) => p.kind === undefined || request.kind === p.kind),
    })),
    count: command(z.strictObject({ kind }), (p) => ({ count: control.count(p.kind) })),
    resetCounts: command(nothing, () => control.resetCounts()),
    reset: command(nothing, () => control.reset()),
    failNext: command(
      z.strictObject({
        kind,
        status: z.int().min(200).max(599),
        body: z.unknown(),
        headers: z.record(z.string(), z.string()).optional(),
        contentType: text.optional(),
        times,
        match: json.optional(),
      }),
      ({ kind: of, match, ...answer }) =>
        control.failNext(of, { ...answer, match: match && ((request: RecordedRequest) => isLike(request, match)) }),
    ),
    rewriteNext: command(z.strictObject({ kind, merge: json, times }), (p) =>
      control.rewriteNext(p.kind, (body) => mergePatch(body, p.merge), p.times),
    ),
    delayNext: command(z.strictObject({ kind, ms: amount, times }), (p) => control.delayNext(p.kind, p.ms, p.times)),
    hold: command(z.strictObject({ kind, times }), (p) => ({ hold: holds.keep(control.hold(p.kind, p.times)) })),
    arrived: command(z.strictObject({ hold: text }), async (p) => ({ request: await holds.find(p.hold).arrived })),
    release: command(z.strictObject({ hold: text }), (p) => holds.find(p.hold).release()),
    rateLimit: command(
      z.strictObject({
        kind,
        limit: z.strictObject({ limit: amount, windowMs: amount, retryAfterSeconds: amount }).nullable(),
      }),
      (p) => control.rateLimit(p.kind, p.limit ?? undefined),
    ),
    setTokenLifetimes: command(
      z.strictObject({
        accessToken: amount.optional(),
        idToken: amount.optional(),
        refreshToken: amount.optional(),
        ticket: amount.optional(),
      }),
      (p) => control.setTokenLifetimes(p),
    ),
    setProviderTokenLifetime: command(z.strictObject({ seconds: amount.nullable() }), (p) =>
      control.setProviderTokenLifetime(p.seconds),
    ),
    expireProviderTokens: command(
      z.strictObject({ userId: text.optional(), connection: text.optional(), accountId: text.optional() }),
      (p) => control.expireProviderTokens(p),
    ),
    setRefreshTokenRotation: command(z.strictObject({ clientId: text, isOn: z.boolean() }), (p) =>
      control.setRefreshTokenRotation(p.clientId, p.isOn),
    ),
    setUnknownAudience: command(z.strictObject({ reaction: z.enum(['refuse', 'ignore']) }), (p) =>
      control.setUnknownAudience(p.reaction),
    ),
    requireMfa: command(z.strictObject({ on: z.enum(['refresh', 'exchange']).nullable() }), (p) =>
      control.requireMfa(p.on),
    ),
    rotateSigningKeys: command(z.strictObject({ keepPrevious: z.boolean().optional() }), async (p) =>
      control.signingKeys.rotate(p),
    ),
  };
}
