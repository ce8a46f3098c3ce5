import { beforeEach, describe, expect, it } from 'vitest';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { databases } from '../support/databases.js';
import { Ground, HOUR, SECOND, storesOn, type Stores } from './stores.kit.js';

const NOW = 1_800_000_000_000;

describe.each(databases.map(({ name, missing }) => [name, missing] as const))('on %s', (name, missing) => {
  describe.skipIf(missing)('sessions that Auth0 ends', () => {
    const ground = Ground.of(name);
    let here: Stores;
    let there: Stores;
    let userKey: string;
    let sidKey: string;
    beforeEach(() => {
      here = storesOn(ground.here);
      there = storesOn(ground.there);
      userKey = digest(randomToken());
      sidKey = digest(randomToken());
    });

    async function begin(createdAt: number, of: { userKey?: string; sidKey?: string } = {}): Promise<string> {
      const id = digest(randomToken());
      await here.sessions.insert({
        id,
        issuerOrigin: 'https://example.eu.auth0.com',
        userKey,
        userId: 'auth0|alice',
        sidKey,
        claims: { sub: 'auth0|alice' },
        createdAt,
        lastUsedAt: createdAt,
        expiresAt: createdAt + HOUR,
        absoluteExpiresAt: createdAt + HOUR,
        ...of,
      });
      return id;
    }
    const left = async (ids: string[]): Promise<boolean[]> =>
      Promise.all(ids.map(async (id) => (await there.sessions.find(id)) !== undefined));

    it('are those of the sid, begun up to then', async () => {
      const ids = [
        await begin(NOW - HOUR),
        await begin(NOW),
        await begin(NOW + 1),
        await begin(NOW - SECOND, { sidKey: digest(randomToken()) }),
        await begin(NOW - SECOND, { sidKey: undefined }),
      ];
      expect(await there.sessions.deleteBySid(sidKey, NOW)).toMatchObject({ count: 2 });
      expect(await left(ids)).toEqual([false, false, true, true, true]);
      expect(await here.sessions.deleteBySid(sidKey, NOW), 'the second time there is nothing to do').toMatchObject({
        count: 0,
      });
    });

    it('are those of the user, begun up to then or at any time', async () => {
      const ids = [
        await begin(NOW - HOUR),
        await begin(NOW, { sidKey: undefined }),
        await begin(NOW + 1),
        await begin(NOW - SECOND, { userKey: digest(randomToken()) }),
      ];
      expect(await there.sessions.deleteByUser(userKey, NOW)).toMatchObject({ count: 2 });
      expect(await left(ids)).toEqual([false, false, true, true]);
      expect(await here.sessions.deleteByUser(userKey)).toMatchObject({ count: 1 });
      expect(await left(ids)).toEqual([false, false, false, true]);
    });

    it('are counted once, however many processes are told at once', async () => {
      await begin(NOW);
      await begin(NOW);
      const ended = await ground.both(6, ({ sessions }) => sessions.deleteBySid(sidKey, NOW));
      expect(ended.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    });

    it('are ended by a token once: it is remembered for all processes', async () => {
      const jti = randomToken();
      expect(await here.replays.has('logout-token', jti)).toBe(false);
      await here.replays.remember('logout-token', jti, NOW);
      expect(await there.replays.has('logout-token', jti)).toBe(true);
      expect(await there.replays.has('another kind', jti)).toBe(false);
    });
  });
});
