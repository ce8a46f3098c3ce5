import { describe, expect, it } from 'vitest';
import { userKeyOf } from '../../libs/auth0-connect/src/session/keys.js';
import type { SessionRecord } from '../../libs/auth0-connect/src/session/ports.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import {
  ENTITIES,
  Ground,
  HOUR,
  insertSession,
  newConnect,
  newSession,
  newToken,
  NO_ROWS,
  rowsOf,
  slotOf,
  storesOn,
  storeToken,
  takesLease,
  type Place,
} from './stores.kit.js';

export function sessionStoreContract(where: Place): void {
  const ground = Ground.of(where);

  it('finds what was inserted, and hands out no secret with it', async () => {
    const { refreshToken, idToken, ...record } = newSession({ sidKey: digest('sid', randomToken()) });
    await storesOn(ground.here).sessions.insert({ ...record, refreshToken, idToken });
    const { sidKey, ...visible } = record;
    expect(sidKey).toBeDefined();
    expect(await storesOn(ground.there).sessions.find(record.id)).toEqual(visible);
  });

  it('replaces the claims of a session and nothing else of it, sealed as the first ones', async () => {
    const { sessions } = storesOn(ground.here);
    const session = await insertSession(storesOn(ground.here));
    const other = await insertSession(storesOn(ground.here));
    const before = await sessions.find(session.id);
    if (!before) throw new Error('no session');
    const claims = { sub: before.userId, email_verified: true, name: 'Łukasz 🙂' };
    await sessions.storeClaims(before, claims);
    expect(await storesOn(ground.there).sessions.find(session.id)).toEqual({ ...before, claims });
    expect((await sessions.find(other.id))?.claims).not.toEqual(claims);
    const others = storesOn(ground.here, { instance: 'admin' }).sessions;
    await others.storeClaims(before, { sub: before.userId, stolen: true });
    expect((await sessions.find(session.id))?.claims).toEqual(claims);
  });

  it('deletes a session whose refresh token was refused, unless it has another one by now', async () => {
    const { sessions } = storesOn(ground.here);
    const { id } = await insertSession(storesOn(ground.here));
    const version = (await sessions.readCredentials(id))?.version ?? 0;
    await sessions.storeCredentials(id, version, { refreshToken: 'rotated meanwhile' });
    expect(await sessions.deleteRefused(id, version)).toBeUndefined();
    expect(await sessions.find(id)).toBeDefined();
    expect(await sessions.deleteRefused(id, version + 1)).toMatchObject({ id });
    expect(await sessions.find(id)).toBeUndefined();
  });

  it('finds nothing under an unknown id, nor under the id of another module instance', async () => {
    const ours = storesOn(ground.here);
    const others = storesOn(ground.here, { instance: 'admin' });
    const { id } = await insertSession(ours);
    expect(await ours.sessions.find(digest('nobody'))).toBeUndefined();
    expect(await others.sessions.find(id)).toBeUndefined();
    expect(await others.sessions.readCredentials(id)).toBeUndefined();
    expect(await others.sessions.readDpopKey(id)).toBeUndefined();
    expect(await others.sessions.delete(id)).toBeUndefined();
    expect(await ours.sessions.find(id)).toBeDefined();
  });

  it.each([
    ['45 kB of claims', 'x'.repeat(45_000)],
    ['characters from all over the world', 'Zoë Müller, 王小明, Ольга, مريم, नेहा, ‮𝒜𝓁𝒾𝒸ℯ'],
    ['emoji, joined ones too', '🙂 👩‍👩‍👧‍👦 🏳️‍🌈 🇺🇳'],
    ['quotes, backslashes and line ends', `' " \\ \\' \`; DROP TABLE users; -- \r\n\t\u0001`],
    ['45 kB of emoji', '👩‍👩‍👧‍👦'.repeat(1800)],
  ])('keeps %s as they are', async (_, text) => {
    const userId = `auth0|${Array.from(text).slice(0, 40).join('')}`;
    const claims = { sub: userId, text };
    const { id } = await insertSession(storesOn(ground.here), { claims, userId });
    expect(await storesOn(ground.there).sessions.find(id)).toMatchObject({ claims, userId });
  });

  it('keeps a long refresh token and a long ID token as they are', async () => {
    const stores = storesOn(ground.here);
    const [idToken, refreshToken] = ['i'.repeat(48_000), 'r'.repeat(4000)];
    const { id } = await insertSession(stores, { idToken, refreshToken });
    expect(await stores.sessions.readCredentials(id)).toEqual({
      idToken,
      refreshToken,
      version: 1,
      loginRequired: false,
    });
  });

  it('says which of several are live, in one statement, and nothing of another instance', async () => {
    const [here, elsewhere] = [storesOn(ground.here), storesOn(ground.here, { instance: 'other' })];
    const [live, over, gone] = [await insertSession(here), await insertSession(here), await insertSession(here)];
    const foreign = await insertSession(elsewhere);
    await here.sessions.touch(over, over.lastUsedAt + 1, over.lastUsedAt + 2);
    await here.sessions.delete(gone.id);
    const asked = [live, over, gone, foreign].map(({ id }) => id);
    expect(await storesOn(ground.there).sessions.findLiveAmong(asked, over.lastUsedAt + 2)).toEqual([live.id]);
  });

  describe('a touch', () => {
    it('moves the sliding expiry and nothing else', async () => {
      const stores = storesOn(ground.here);
      const { refreshToken, idToken, ...record } = await insertSession(stores);
      await stores.sessions.touch(record, record.lastUsedAt + 1, record.expiresAt + 2);
      expect(await stores.sessions.find(record.id)).toEqual({
        ...record,
        lastUsedAt: record.lastUsedAt + 1,
        expiresAt: record.expiresAt + 2,
      });
      expect(await stores.sessions.readCredentials(record.id)).toMatchObject({ refreshToken, idToken, version: 1 });
    });

    it('that is stale writes nothing', async () => {
      const { sessions } = storesOn(ground.here);
      const seen = await insertSession(storesOn(ground.here));
      await sessions.touch(seen, seen.lastUsedAt + 10, seen.expiresAt + 10);
      await storesOn(ground.there).sessions.touch(seen, seen.lastUsedAt + 5, seen.expiresAt + 5);
      expect(await sessions.find(seen.id)).toMatchObject({
        lastUsedAt: seen.lastUsedAt + 10,
        expiresAt: seen.expiresAt + 10,
      });
    });

    it('is one of twenty at once that writes', async () => {
      const seen = await insertSession(storesOn(ground.here));
      const later = (index: number): number => seen.lastUsedAt + 1 + index;
      await ground.both(20, ({ sessions }, index) => sessions.touch(seen, later(index), later(index) + HOUR));
      const after = (await storesOn(ground.here).sessions.find(seen.id)) as SessionRecord;
      expect(after.lastUsedAt).toBeGreaterThan(seen.lastUsedAt);
      expect(after.expiresAt - after.lastUsedAt).toBe(HOUR);
      // All the others had seen the session as it was before.
      await ground.both(20, ({ sessions }) => sessions.touch(seen, seen.lastUsedAt + HOUR, seen.expiresAt + HOUR));
      expect(await storesOn(ground.here).sessions.find(seen.id)).toEqual(after);
    });
  });

  describe('the grant', () => {
    it('is replaced only over the version it was spent from', async () => {
      const [here, there] = [storesOn(ground.here).sessions, storesOn(ground.there).sessions];
      const { id, idToken } = await insertSession(storesOn(ground.here));
      expect(await here.storeCredentials(id, 1, { refreshToken: 'the second' })).toBe(true);
      expect(await there.storeCredentials(id, 1, { refreshToken: 'a late one', idToken: 'a late ID token' })).toBe(
        false,
      );
      expect(await there.storeCredentials(id, 1, { idToken: 'a late ID token' })).toBe(false);
      expect(await here.readCredentials(id)).toEqual({
        refreshToken: 'the second',
        idToken,
        version: 2,
        loginRequired: false,
      });
    });

    it('takes one of twenty refresh tokens that come at once', async () => {
      const { id } = await insertSession(storesOn(ground.here));
      const stored = await ground.both(20, ({ sessions }, index) =>
        sessions.storeCredentials(id, 1, { refreshToken: `number ${index}` }),
      );
      expect(stored.filter(Boolean)).toHaveLength(1);
      expect(await storesOn(ground.here).sessions.readCredentials(id)).toMatchObject({
        refreshToken: `number ${stored.indexOf(true)}`,
        version: 2,
      });
    });

    it('keeps its version and refresh token when only an ID token comes', async () => {
      const { sessions } = storesOn(ground.here);
      const { id, refreshToken } = await insertSession(storesOn(ground.here));
      expect(await sessions.storeCredentials(id, 1, { idToken: 'a new ID token' })).toBe(true);
      expect(await sessions.readCredentials(id)).toMatchObject({ refreshToken, idToken: 'a new ID token', version: 1 });
    });

    it('is not marked as refused for a refresh token that was replaced meanwhile', async () => {
      const { sessions } = storesOn(ground.here);
      const { id } = await insertSession(storesOn(ground.here));
      await sessions.storeCredentials(id, 1, { refreshToken: 'the second' });
      await sessions.markLoginRequired(id, 1);
      expect(await sessions.readCredentials(id)).toMatchObject({ refreshToken: 'the second', loginRequired: false });
      await sessions.markLoginRequired(id, 2);
      const refused = await sessions.readCredentials(id);
      expect(refused).toMatchObject({ loginRequired: true });
      expect(refused?.refreshToken).toBeUndefined();
    });

    it('holds the key of its proofs', async () => {
      const stores = storesOn(ground.here);
      const { id } = await insertSession(stores, { dpopKey: '{"kty":"EC"}' });
      expect(await stores.sessions.readDpopKey(id)).toBe('{"kty":"EC"}');
      expect(await stores.sessions.readCredentials(id)).toMatchObject({ dpopKey: '{"kty":"EC"}' });
    });
  });

  describe('the lease of the refresh token', () => {
    it('is held by one of twenty who claim it at once', async () => {
      const { id } = await insertSession(storesOn(ground.here));
      const now = Date.now();
      const holders = await ground.both(20, ({ sessions }, index) =>
        heldBy(sessions.claimRefreshLease(id, { lease: `lease ${index}`, leaseExpiresAt: now + HOUR })),
      );
      expect(new Set(holders).size, 'all are told of the same holder').toBe(1);
      const { sessions } = storesOn(ground.there);
      const [holder = ''] = holders;
      expect(await sessions.renewRefreshLease(id, { lease: holder, leaseExpiresAt: now + HOUR })).toBe(true);
      expect(await sessions.renewRefreshLease(id, { lease: 'another', leaseExpiresAt: now + HOUR })).toBe(false);
    });

    it('is taken by who names it as it was left, and not because of its time', async () => {
      const { sessions } = storesOn(ground.here);
      const { id } = await insertSession(storesOn(ground.here));
      const now = Date.now();
      const left = { lease: 'first', leaseExpiresAt: now - HOUR };
      const second = { lease: 'second', leaseExpiresAt: now + HOUR };
      expect(await heldBy(sessions.claimRefreshLease(id, left))).toBe('first');
      expect(await heldBy(sessions.claimRefreshLease(id, second))).toBe('first');
      await sessions.renewRefreshLease(id, { lease: 'first', leaseExpiresAt: now });
      expect(await heldBy(sessions.claimRefreshLease(id, second, left)), 'renewed meanwhile').toBe('first');
      expect(await heldBy(sessions.claimRefreshLease(id, second, { ...left, leaseExpiresAt: now }))).toBe('second');
      expect(await sessions.renewRefreshLease(id, { lease: 'first', leaseExpiresAt: now })).toBe(false);
    });

    it('stays for its holder when a former holder releases it', async () => {
      const { sessions } = storesOn(ground.here);
      const { id } = await insertSession(storesOn(ground.here));
      const now = Date.now();
      const left = { lease: 'first', leaseExpiresAt: now };
      await sessions.claimRefreshLease(id, left);
      await sessions.claimRefreshLease(id, { lease: 'second', leaseExpiresAt: now + HOUR }, left);
      await sessions.releaseRefreshLease(id, 'first');
      const third = { lease: 'third', leaseExpiresAt: now + HOUR };
      expect(await heldBy(sessions.claimRefreshLease(id, third))).toBe('second');
      await sessions.releaseRefreshLease(id, 'second');
      expect(await heldBy(sessions.claimRefreshLease(id, third))).toBe('third');
    });

    it('is told of among many, and to nobody of a session that has gone', async () => {
      const { sessions } = storesOn(ground.here);
      const [held, free, gone] = [
        await insertSession(storesOn(ground.here)),
        await insertSession(storesOn(ground.here)),
        await insertSession(storesOn(ground.here)),
      ];
      const now = Date.now();
      for (const { id } of [held, free, gone]) {
        await sessions.claimRefreshLease(id, { lease: `lease of ${id}`.slice(0, 43), leaseExpiresAt: now });
      }
      await sessions.releaseRefreshLease(free.id, `lease of ${free.id}`.slice(0, 43));
      await sessions.delete(gone.id);
      const asked = [held, free, gone].map(({ id }) => ({ owner: id, lease: `lease of ${id}`.slice(0, 43) }));
      expect(await storesOn(ground.there).sessions.refreshLeasesAmong(asked)).toEqual(
        new Map([[asked[0]?.lease, now]]),
      );
      expect(await sessions.claimRefreshLease(gone.id, { lease: 'x', leaseExpiresAt: now })).toBeUndefined();
    });
  });

  describe('a deleted session', () => {
    it('takes its tokens and pending connects along, by the foreign key alone', async () => {
      const stores = storesOn(ground.here);
      const [ending, staying] = [await insertSession(stores), await insertSession(stores)];
      for (const session of [ending, staying]) {
        await stores.transactions.insert(newConnect(session));
        await storeToken(stores.apiAccessTokens, slotOf(session, 'https://api.example'));
        await storeToken(stores.connectionTokens, slotOf(session, 'github'));
      }
      const all = { sessions: 1, transactions: 1, apiAccessTokens: 1, connectionTokens: 1 };
      expect(await rowsOf(ground.witness, ending.id)).toEqual(all);
      // On each connection: SQLite looks after foreign keys only where it was told to.
      await ground.witness.getRepository(ENTITIES.sessions).delete({ id: ending.id });
      expect(await rowsOf(ground.witness, ending.id)).toEqual(NO_ROWS);
      expect(await rowsOf(ground.witness, staying.id)).toEqual(all);
    });

    it('is not brought back by anything that was under way', async () => {
      const stores = storesOn(ground.here);
      const session = await insertSession(stores);
      const { id, lastUsedAt, expiresAt } = session;
      const now = Date.now();
      const slot = slotOf(session, 'github');
      await stores.sessions.claimRefreshLease(id, { lease: 'lease', leaseExpiresAt: now + HOUR });
      for (const tokens of [stores.apiAccessTokens, stores.connectionTokens]) {
        expect(await takesLease(tokens, slot, 'lease', now + HOUR)).toBe(true);
      }

      const { userId, issuerOrigin } = session;
      expect(await storesOn(ground.there).sessions.delete(id)).toMatchObject({ id, userId, issuerOrigin });

      await stores.sessions.touch(session, lastUsedAt + 1, expiresAt + 1);
      expect(await stores.sessions.storeCredentials(id, 1, { refreshToken: 'late', idToken: 'late' })).toBe(false);
      await stores.sessions.markLoginRequired(id, 1);
      expect(await stores.sessions.renewRefreshLease(id, { lease: 'lease', leaseExpiresAt: now + HOUR })).toBe(false);
      expect(
        await stores.sessions.claimRefreshLease(id, { lease: 'lease', leaseExpiresAt: now + HOUR }),
      ).toBeUndefined();
      await stores.sessions.releaseRefreshLease(id, 'lease');
      for (const tokens of [stores.apiAccessTokens, stores.connectionTokens]) {
        expect(await tokens.renew(slot, { lease: 'lease', leaseExpiresAt: now + HOUR })).toBe(false);
        expect(await tokens.complete(slot, 'lease', newToken())).toBe(false);
        await tokens.fail(slot, 'lease', { code: 'rate_limited', message: 'late', details: {} });
        await tokens.forget(slot);
        expect(await tokens.find(slot)).toBeUndefined();
      }
      expect(await stores.sessions.find(id)).toBeUndefined();
      expect(await stores.sessions.readCredentials(id)).toBeUndefined();
      expect(await rowsOf(ground.witness, id)).toEqual(NO_ROWS);
    });

    it('gets no new token and no new pending connect', async () => {
      const stores = storesOn(ground.here);
      const session = await insertSession(stores);
      await storesOn(ground.there).sessions.delete(session.id);
      const now = Date.now();
      for (const tokens of [stores.apiAccessTokens, stores.connectionTokens]) {
        expect(await takesLease(tokens, slotOf(session, 'github'), 'lease', now + HOUR)).toBe(false);
      }
      await expect(stores.transactions.insert(newConnect(session))).rejects.toThrow(/foreign key/i);
      expect(await rowsOf(ground.witness, session.id)).toEqual(NO_ROWS);
    });

    it('is gone once: of twenty who end it one is told that it was there', async () => {
      const { id } = await insertSession(storesOn(ground.here));
      const ended = await ground.both(20, ({ sessions }) => sessions.delete(id));
      expect(ended.filter(Boolean)).toHaveLength(1);
    });

    it('leaves no token of its user when it was their last one', async () => {
      const stores = storesOn(ground.here);
      const first = await insertSession(stores);
      const last = await insertSession(stores, { userKey: first.userKey });
      const { sessionId, ...sessionless } = slotOf({ id: first.userKey, userKey: first.userKey }, 'github');
      expect(sessionId).toBe(first.userKey);
      await storeToken(stores.connectionTokens, sessionless as never);
      const left = (): Promise<number> =>
        ground.witness.getRepository(ENTITIES.connectionTokens).countBy({ userKey: first.userKey });

      await stores.sessions.delete(first.id);
      expect(await left()).toBe(1);
      await stores.sessions.delete(last.id);
      expect(await left()).toBe(0);
    });
  });

  describe('the sessions of a user', () => {
    it('are found the newest first, and in one order when they began at once', async () => {
      const stores = storesOn(ground.here);
      const userKey = digest('user', randomToken());
      const now = Date.now();
      const ids = await Promise.all(
        [3, 1, 2, 2, 2].map(async (age) => ({
          age,
          id: (await insertSession(stores, { userKey, createdAt: now - age })).id,
        })),
      );
      await insertSession(stores);
      const expected = ids.toSorted((a, b) => a.age - b.age || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
      expect((await stores.sessions.findByUser(userKey)).map(({ id }) => id)).toEqual(expected);
    });

    it.each([
      ['by case', 'auth0|Ann', 'auth0|ann'],
      ['by a space at the end', 'auth0|ann', 'auth0|ann '],
      ['by an accent', 'auth0|ann', 'auth0|ánn'],
      ['by how an accent is written', 'auth0|\u00e1nn', 'auth0|a\u0301nn'],
      ['by a character that nobody sees', 'auth0|ann', 'auth0|a\u200bnn'],
    ])('are those of that user, also when another differs only %s', async (_, one, other) => {
      const stores = storesOn(ground.here);
      const salt = randomToken();
      const keyOf = (userId: string): string =>
        userKeyOf({ instance: 'default', clientId: salt }, 'https://tenant.example', userId);
      const ones = await insertSession(stores, { userId: one, userKey: keyOf(one) });
      const others = await insertSession(stores, { userId: other, userKey: keyOf(other) });
      const found = await stores.sessions.findByUser(keyOf(one));
      expect(found.map(({ id, userId }) => ({ id, userId }))).toEqual([{ id: ones.id, userId: one }]);
      expect(await stores.sessions.deleteByUser(keyOf(one))).toMatchObject({ count: 1 });
      expect((await stores.sessions.find(others.id))?.userId).toBe(other);
    });

    it('end together, but for those begun later', async () => {
      const stores = storesOn(ground.here);
      const userKey = digest('user', randomToken());
      const now = Date.now();
      const begun = (createdAt: number) => insertSession(stores, { userKey, createdAt });
      const [before, then, after] = [await begun(now - 1), await begun(now), await begun(now + 1)];
      const other = await insertSession(stores, { createdAt: now - 1 });
      expect(await stores.sessions.deleteByUser(userKey, now)).toMatchObject({ count: 2 });
      expect(await stores.sessions.find(before.id)).toBeUndefined();
      expect(await stores.sessions.find(then.id)).toBeUndefined();
      expect(await stores.sessions.find(after.id)).toBeDefined();
      expect(await stores.sessions.find(other.id)).toBeDefined();
      expect(await stores.sessions.deleteByUser(userKey)).toMatchObject({ count: 1 });
      expect(await stores.sessions.deleteByUser(userKey)).toMatchObject({ count: 0 });
    });

    it('under one session of Auth0 end together, but for those begun later', async () => {
      const stores = storesOn(ground.here);
      const sidKey = digest('sid', randomToken());
      const now = Date.now();
      const begun = (createdAt: number) => insertSession(stores, { sidKey, createdAt });
      const [then, after] = [await begun(now), await begun(now + 1)];
      const other = await insertSession(stores, { sidKey: digest('sid', randomToken()), createdAt: now });
      const without = await insertSession(stores, { createdAt: now });
      expect(await stores.sessions.deleteBySid(sidKey, now)).toMatchObject({ count: 1 });
      expect(await stores.sessions.find(then.id)).toBeUndefined();
      for (const { id } of [after, other, without]) expect(await stores.sessions.find(id)).toBeDefined();
    });
  });
}

async function heldBy(claim: Promise<{ lease?: string } | undefined>): Promise<string | undefined> {
  return (await claim)?.lease;
}
