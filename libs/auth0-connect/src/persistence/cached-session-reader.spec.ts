import { describe, expect, it } from 'vitest';
import type { SessionWithTokens } from '../accounts/ports.js';
import { CachedSessionReader } from './cached-session-reader.js';

const READ = { record: { id: 'session' }, tokens: new Map() } as unknown as SessionWithTokens;

function world() {
  const clock = { time: 0, now: () => clock.time };
  const answers: ((read: SessionWithTokens | undefined) => void)[] = [];
  const database = { read: () => new Promise<SessionWithTokens | undefined>((resolve) => answers.push(resolve)) };
  return { clock, answers, cache: new CachedSessionReader(database, 1000, clock) };
}

describe('the session cache', () => {
  it('asks the database once until the time is over', async () => {
    const { clock, answers, cache } = world();
    const first = cache.read('session', []);
    answers.shift()?.(READ);
    await first;

    expect(cache.read('session', [])).toBe(READ);
    clock.time = 1000;
    void cache.read('session', []);
    expect(answers).toHaveLength(1);
  });

  it('asks again for a handler that wants other tokens', async () => {
    const { answers, cache } = world();
    const first = cache.read('session', ['google']);
    answers.shift()?.(READ);
    await first;

    void cache.read('session', ['github']);

    expect(answers).toHaveLength(1);
  });

  it.each(['sessionChanged', 'userChanged'] as const)('keeps nothing that was read before %s', async (change) => {
    const { answers, cache } = world();
    const underWay = cache.read('session', []);
    cache[change]('session'); // a logout, between the read and its answer
    answers.shift()?.(READ);
    await underWay;

    void cache.read('session', []);

    expect(answers, 'the database is asked again').toHaveLength(1);
  });

  it('does not remember that a session is unknown', async () => {
    const { answers, cache } = world();
    const first = cache.read('session', []);
    answers.shift()?.(undefined);
    expect(await first).toBeUndefined();

    void cache.read('session', []);

    expect(answers).toHaveLength(1);
  });
});
