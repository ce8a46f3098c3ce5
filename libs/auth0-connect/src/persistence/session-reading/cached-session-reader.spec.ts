import { describe, expect, it } from 'vitest';
import type { SessionWithTokens } from '../../accounts/ports.js';
import { CachedSessionReader } from './cached-session-reader.js';

const READ = { record: { id: 'session', claims: {} }, tokens: new Map() } as unknown as SessionWithTokens;

function world() {
  const clock = { time: 0, now: () => clock.time };
  const answers: ((read: SessionWithTokens | undefined) => void)[] = [];
  const database = { read: () => new Promise<SessionWithTokens | undefined>((resolve) => answers.push(resolve)) };
  return { clock, answers, cache: new CachedSessionReader(database, 1000, clock) };
}

describe('the session cache', () => {
  it('asks the database once until the time is over', async () => {
    const { clock, answers, cache } = world();
    const first = cache.read('token', []);
    answers.shift()?.(READ);
    await first;

    expect(cache.read('token', [])).toBe(READ);
    clock.time = 1000;
    void cache.read('token', []);
    expect(answers).toHaveLength(1);
  });

  it('asks again for a handler that wants other tokens', async () => {
    const { answers, cache } = world();
    const first = cache.read('token', ['google']);
    answers.shift()?.(READ);
    await first;

    void cache.read('token', ['github']);

    expect(answers).toHaveLength(1);
  });

  it.each(['sessionChanged', 'userChanged'] as const)('keeps nothing that was read before %s', async (change) => {
    const { answers, cache } = world();
    const underWay = cache.read('token', []);
    cache[change]('session'); // a logout, between the read and its answer
    answers.shift()?.(READ);
    await underWay;

    void cache.read('token', []);

    expect(answers, 'the database is asked again').toHaveLength(1);
  });

  it('does not remember that a session is unknown', async () => {
    const { answers, cache } = world();
    const first = cache.read('token', []);
    answers.shift()?.(undefined);
    expect(await first).toBeUndefined();

    void cache.read('token', []);

    expect(answers).toHaveLength(1);
  });

  it('keeps no session token, nor what was read for it, beyond their time once others come', () => {
    const { clock, cache } = cacheOf((sessionToken) => readOf(sessionToken));
    for (let person = 0; person < 100; person += 1) void cache.read(`token ${person}`, []);
    expect(sizeOf(cache)).toEqual([100, 100]);

    clock.time = 1000;
    void cache.read('token of a newcomer', []);

    expect(sizeOf(cache)).toEqual([1, 1]);
  });

  it('holds no more than 10,000 sessions, and drops the oldest', () => {
    const { cache, asked } = cacheOf((sessionToken) => readOf(sessionToken));
    for (let person = 0; person <= 10_000; person += 1) void cache.read(`token ${person}`, []);
    expect(sizeOf(cache)).toEqual([10_000, 10_000]);
    asked.length = 0;

    void cache.read('token 1', []);
    void cache.read('token 0', []);

    expect(asked).toEqual(['token 0']);
  });

  it('forgets a changed session by its id, and no other', () => {
    const { cache, asked } = cacheOf((sessionToken) => readOf(sessionToken));
    void cache.read('token 1', []);
    void cache.read('token 2', []);
    asked.length = 0;

    cache.sessionChanged('session of token 1');
    void cache.read('token 1', []);
    void cache.read('token 2', []);

    expect(asked).toEqual(['token 1']);
  });
});

function readOf(sessionToken: string): SessionWithTokens {
  return {
    record: { id: `session of ${sessionToken}`, claims: {} },
    tokens: new Map(),
  } as unknown as SessionWithTokens;
}

/** Over a database that answers at once. */
function cacheOf(read: (sessionToken: string) => SessionWithTokens) {
  const clock = { time: 0, now: () => clock.time };
  const asked: string[] = [];
  const database = { read: (sessionToken: string) => (asked.push(sessionToken), read(sessionToken)) };
  return { clock, asked, cache: new CachedSessionReader(database, 1000, clock) };
}

function sizeOf(cache: CachedSessionReader): number[] {
  return Object.values(cache).flatMap((value) => (value instanceof Map ? [value.size] : []));
}
