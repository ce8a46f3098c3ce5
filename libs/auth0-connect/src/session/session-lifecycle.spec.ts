import { describe, expect, it } from 'vitest';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { NewSession, SessionStore } from './ports.js';
import type { SessionEnds } from './session-ends.js';
import { SessionLifecycle } from './session-lifecycle.js';

const NOW = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/** What would be stored for a login with these claims. */
async function begunWith(claims: Record<string, unknown>): Promise<NewSession & { keptUntil: number }> {
  const stored: NewSession[] = [];
  const kept: number[] = [];
  const store = {
    insert: async (session: NewSession) => void stored.push(session),
    findByUser: async () => [],
    touch: async (_session: NewSession, _lastUsedAt: number, expiresAt: number) => void kept.push(expiresAt),
  };
  const options = {
    instance: 'default',
    clientId: 'client',
    session: { absoluteMs: HOUR_MS, inactivityMs: HOUR_MS, touchIntervalMs: 60_000, maxPerUser: 20 },
  };
  const lifecycle = new SessionLifecycle(
    store as unknown as SessionStore,
    {} as SessionEnds,
    options as unknown as ResolvedOptions,
    { now: () => NOW },
    () => 0,
  );
  const { session: begun } = await lifecycle.begin(
    { issuerOrigin: 'https://example.eu.auth0.com', idToken: 'id', claims: { sub: 'auth0|alice', ...claims } },
    async () => undefined,
  );
  await lifecycle.keep(begun);
  const [[session], [keptUntil]] = [stored, kept];
  if (!session || keptUntil === undefined) throw new Error('nothing was stored');
  return { ...session, keptUntil };
}

describe('a session that begins', () => {
  it.each([
    ['no user', { sub: undefined }],
    ['a user whose id is longer than what is kept', { sub: 'a'.repeat(256) }],
    ['a user with a NUL', { sub: 'auth0|a\u0000b' }],
    ['a user that is a number', { sub: 7 }],
    ['a sid that is longer than what is kept', { sid: 'a'.repeat(256) }],
    ['a sid with a NUL', { sid: 'a\u0000b' }],
    ['a sid that is no text', { sid: 7 }],
    ['claims larger than 48 kB', { nickname: 'a'.repeat(48_000) }],
  ])('does not, for %s', async (_what, claims) => {
    await expect(begunWith(claims)).rejects.toMatchObject({ code: 'invalid_auth0_response' });
  });

  it.each([
    ['in ten minutes and a bit', NOW / 1000 + 600.25, NOW + 600_250],
    ['never', undefined, NOW + HOUR_MS],
    ['beyond all dates', 1e300, NOW + HOUR_MS],
  ])('ends when session_expiry says so: %s', async (_when, session_expiry, expiresAt) => {
    expect((await begunWith({ session_expiry })).absoluteExpiresAt).toBe(expiresAt);
  });

  it.each([-1, 0, NOW / 1000 - 1])('does not, when session_expiry is %i', async (session_expiry) => {
    await expect(begunWith({ session_expiry })).rejects.toMatchObject({ code: 'session_expiry_passed' });
  });

  it.each([
    ['in ten minutes', {}, NOW + 600_000, NOW + HOUR_MS],
    [
      'when session_expiry says so, where that is sooner',
      { session_expiry: NOW / 1000 + 60 },
      NOW + 60_000,
      NOW + 60_000,
    ],
  ])('ends by itself where its login does not come to its end: %s', async (_when, claims, expiresAt, keptUntil) => {
    expect(await begunWith(claims)).toMatchObject({ expiresAt, keptUntil });
  });

  it.each([
    ['its second', NOW / 1000, NOW],
    ['a second ago', NOW / 1000 - 1, NOW - 1],
    ['the middle of a second', NOW / 1000 - 0.5, NOW - 1],
    ['no time', 1e300, NOW],
    ['no number', 'now', NOW],
    ['before all times', -5, NOW],
  ])('began by the clock of Auth0: %s', async (_when, iat, createdAt) => {
    expect((await begunWith({ iat })).createdAt).toBe(createdAt);
  });
});
