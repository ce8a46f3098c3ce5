import { beforeAll, describe, expect, it } from 'vitest';
import { connectionTokenId } from '../../libs/auth0-connect/src/accounts/connection-tokens.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import type { StoredToken, TokenStore } from '../../libs/auth0-connect/src/tokens/ports.js';
import {
  ENTITIES,
  Ground,
  HOUR,
  insertSession,
  newToken,
  SECOND,
  slotOf,
  storesOn,
  storeToken,
  takesLease,
  tokenIn,
  type Slot,
  type Stores,
  type Place,
} from './stores.kit.js';

type Kind = 'connectionTokens' | 'apiAccessTokens';

const leaseOf = ({ owner, id: slot }: Slot) => ({ owner, lease: `lease of ${slot}`.slice(0, 43) });

const FAILURE = { code: 'rate_limited', message: 'Zu viel 🙂', details: { retryAfterSeconds: 3 } };

/** What both kinds of tokens have in common. */
export function tokenStoreContract(where: Place, kind: Kind): void {
  const ground = Ground.of(where);
  const here = (): TokenStore<Slot> => storesOn(ground.here)[kind];
  const there = (): TokenStore<Slot> => storesOn(ground.there)[kind];
  const freshSlot = async (label = 'github'): Promise<Slot> =>
    slotOf(await insertSession(storesOn(ground.here)), label);

  it('finds a token as it was stored, and nothing in another slot', async () => {
    const slot = await freshSlot();
    const token = newToken({ scopes: ['openid', 'https://scope.example/übung', '🙂'] });
    await storeToken(here(), slot, token);
    expect((await there().find(slot))?.token).toEqual(token);
    expect(await there().find({ ...slot, id: digest('another') })).toBeUndefined();
    expect(await there().find({ ...slot, owner: digest('another') })).toBeUndefined();
  });

  it.each([
    ['of 50 kB in scripts of all kinds', 'ж🙂"\\'.repeat(5555).slice(0, 22_000)],
    ['of one character', 'x'],
  ])('keeps a token %s as it is', async (_, accessToken) => {
    const slot = await freshSlot();
    await storeToken(here(), slot, { accessToken });
    expect(await tokenIn(there(), slot)).toBe(accessToken);
  });

  it('tells a token without scopes from one of which nothing is known', async () => {
    const [none, unknown] = [await freshSlot(), await freshSlot()];
    await storeToken(here(), none, { scopes: [] });
    await storeToken(here(), unknown, { scopes: undefined });
    expect((await here().find(none))?.token?.scopes).toEqual([]);
    expect((await here().find(unknown))?.token?.scopes).toBeUndefined();
  });

  describe('the lease', () => {
    it('of a slot that nobody has asked for yet is held by one of twenty who claim it at once', async () => {
      for (let round = 0; round < 5; round += 1) {
        const slot = await freshSlot();
        const now = Date.now();
        const held = await ground.both(20, (stores, index) =>
          takesLease(stores[kind], slot, `lease ${index}`, now + HOUR),
        );
        expect(held.filter(Boolean)).toHaveLength(1);
        expect(await there().find(slot)).toEqual({ lease: `lease ${held.indexOf(true)}`, leaseExpiresAt: now + HOUR });
      }
    });

    it('of a stored token is held by one of twenty who claim it at once, and the token stays meanwhile', async () => {
      const slot = await freshSlot();
      const token = await storeToken(here(), slot);
      const now = Date.now();
      const held = await ground.both(20, (stores, index) =>
        takesLease(stores[kind], slot, `lease ${index}`, now + HOUR),
      );
      expect(held.filter(Boolean)).toHaveLength(1);
      expect(await there().find(slot)).toMatchObject({ lease: `lease ${held.indexOf(true)}`, token });
    });

    it('that its holder has abandoned is taken by one of twenty who name it at once', async () => {
      const slot = await freshSlot();
      const now = Date.now();
      await here().claim(slot, { lease: 'of a dead process', leaseExpiresAt: now - 1 });
      const held = await ground.both(20, (stores, index) =>
        takesLease(stores[kind], slot, `lease ${index}`, now + HOUR, {
          lease: 'of a dead process',
          leaseExpiresAt: now - 1,
        }),
      );
      expect(held.filter(Boolean)).toHaveLength(1);
      expect((await here().find(slot))?.lease).toBe(`lease ${held.indexOf(true)}`);
    });

    it('is not taken because of its time, which is by the clock of its holder, but only as it was seen', async () => {
      const slot = await freshSlot();
      const now = Date.now();
      const seen = { lease: 'first', leaseExpiresAt: now - HOUR };
      expect(await takesLease(here(), slot, seen.lease, seen.leaseExpiresAt)).toBe(true);
      expect(await takesLease(there(), slot, 'second', now + HOUR)).toBe(false);
      await here().renew(slot, { lease: 'first', leaseExpiresAt: now });
      expect(await takesLease(there(), slot, 'second', now + HOUR, seen), 'it was renewed meanwhile').toBe(false);
      expect(await takesLease(there(), slot, 'second', now + HOUR, { ...seen, leaseExpiresAt: now })).toBe(true);
    });

    it('is told to those who claim it in vain, with the token of before; nobody is told where the owner is gone', async () => {
      const slot = await freshSlot();
      const token = await storeToken(here(), slot);
      const now = Date.now();
      const held = { token, lease: 'first', leaseExpiresAt: now + HOUR };
      expect(await here().claim(slot, { lease: 'first', leaseExpiresAt: now + HOUR })).toEqual(held);
      expect(await there().claim(slot, { lease: 'second', leaseExpiresAt: now + 2 * HOUR })).toEqual(held);
      const gone = await freshSlot();
      await storesOn(ground.there).sessions.delete(gone.owner);
      expect(await here().claim(gone, { lease: 'first', leaseExpiresAt: now + HOUR })).toBeUndefined();
    });

    it('is found among many as long as it is held', async () => {
      const now = Date.now();
      const slots = await Promise.all(['held', 'also held', 'ended', 'failed', 'renewed', 'taken over'].map(freshSlot));
      const [held, alsoHeld, ended, failed, renewed, takenOver] = slots as [Slot, Slot, Slot, Slot, Slot, Slot];
      for (const slot of slots)
        await here().claim(slot, { lease: leaseOf(slot).lease, leaseExpiresAt: now + 2 * SECOND });
      await here().complete(ended, leaseOf(ended).lease, newToken());
      await here().fail(failed, leaseOf(failed).lease, FAILURE);
      await here().renew(renewed, { lease: leaseOf(renewed).lease, leaseExpiresAt: now + SECOND });
      await here().renew(takenOver, { lease: leaseOf(takenOver).lease, leaseExpiresAt: now });
      const left = { lease: leaseOf(takenOver).lease, leaseExpiresAt: now };
      await here().claim(takenOver, { lease: 'another', leaseExpiresAt: now + HOUR }, left);
      const unknown = Array.from({ length: 2500 }, (_, index) => ({ owner: digest('nobody'), lease: `${index}` }));

      const found = await there().heldAmong([...unknown, ...slots.map(leaseOf)]);

      expect(found).toEqual(
        new Map([
          [leaseOf(held).lease, now + 2 * SECOND],
          [leaseOf(alsoHeld).lease, now + 2 * SECOND],
          [leaseOf(renewed).lease, now + SECOND],
        ]),
      );
      expect(await there().heldAmong([])).toEqual(new Map());
    });

    it("moves when its holder renews it, and is nobody else's to renew", async () => {
      const slot = await freshSlot();
      const now = Date.now();
      await here().claim(slot, { lease: 'first', leaseExpiresAt: now + SECOND });
      const renewed = { lease: 'first', leaseExpiresAt: now + 2 * SECOND };
      expect(await here().renew(slot, renewed)).toBe(true);
      expect(await here().find(slot)).toEqual(renewed);
      expect(await takesLease(there(), slot, 'second', now + HOUR, renewed)).toBe(true);
      expect(await here().renew(slot, { lease: 'first', leaseExpiresAt: now + HOUR })).toBe(false);
    });

    it('ends with the token, and without one it leaves the one before in place', async () => {
      const slot = await freshSlot();
      const token = await storeToken(here(), slot);
      const now = Date.now();
      await here().claim(slot, { lease: 'second', leaseExpiresAt: now + HOUR });
      expect(await here().complete(slot, 'second', undefined)).toBe(true);
      expect(await here().find(slot)).toEqual({ token });
    });

    it('of a former holder stores nothing any more', async () => {
      const slot = await freshSlot();
      const now = Date.now();
      await here().claim(slot, { lease: 'former', leaseExpiresAt: now + SECOND });
      const left = { lease: 'former', leaseExpiresAt: now + SECOND };
      await there().claim(slot, { lease: 'present', leaseExpiresAt: now + HOUR }, left);
      expect(await here().complete(slot, 'former', newToken())).toBe(false);
      expect(await here().complete(slot, 'former', undefined)).toBe(false);
      await here().fail(slot, 'former', FAILURE);
      expect(await here().find(slot)).toEqual({ lease: 'present', leaseExpiresAt: now + HOUR });

      const token = newToken();
      expect(await there().complete(slot, 'present', token)).toBe(true);
      expect(await here().complete(slot, 'former', newToken())).toBe(false);
      expect(await there().complete(slot, 'present', newToken())).toBe(false);
      expect(await here().find(slot)).toEqual({ token });
    });

    it('that ends in a failure tells those who waited for it, until the next one ends well', async () => {
      const slot = await freshSlot();
      const now = Date.now();
      await here().claim(slot, { lease: 'first', leaseExpiresAt: now + HOUR });
      await here().fail(slot, 'first', FAILURE);
      expect(await there().find(slot)).toEqual({ failure: { lease: 'first', failure: FAILURE } });
      expect(await takesLease(there(), slot, 'second', now + HOUR)).toBe(true);
      const token = newToken();
      await there().complete(slot, 'second', token);
      expect(await here().find(slot)).toEqual({ token });
    });
  });

  describe('a forgotten token', () => {
    it('is gone, and who obtains a new one goes on', async () => {
      const slot = await freshSlot();
      await storeToken(here(), slot);
      const now = Date.now();
      await here().claim(slot, { lease: 'second', leaseExpiresAt: now + HOUR });
      await storesOn(ground.there)[kind].forget(slot);
      expect(await here().find(slot)).toEqual({ lease: 'second', leaseExpiresAt: now + HOUR });
      expect(await here().complete(slot, 'second', newToken())).toBe(true);
    });
  });

  describe('the bound', () => {
    let bounded: Stores;
    beforeAll(() => {
      bounded = storesOn(ground.here, { maxPerOwner: 5 });
    });

    it('keeps the newest tokens of a session', async () => {
      const session = await insertSession(bounded);
      const other = await insertSession(bounded);
      const now = Date.now();
      for (let index = 0; index < 12; index += 1) {
        for (const owner of index < 5 ? [session, other] : [session]) {
          await storeToken(bounded[kind], slotOf(owner, `c${index}`), { obtainedAt: now + index });
        }
      }
      for (const [{ id }, left] of [
        [session, [7, 8, 9, 10, 11]],
        [other, [0, 1, 2, 3, 4]],
      ] as const) {
        const rows = await ground.witness.getRepository(ENTITIES[kind]).findBy({ sessionId: id });
        const expected = left.map((index) => slotOf({ id, userKey: '' }, `c${index}`).id);
        expect(new Set(rows.map(({ slot }) => slot))).toEqual(new Set(expected));
      }
    });

    it('takes nothing away from somebody who is obtaining a token', async () => {
      const session = await insertSession(bounded);
      const now = Date.now();
      const slots = Array.from({ length: 12 }, (_, index) => slotOf(session, `c${index}`));
      for (const slot of slots) expect(await takesLease(bounded[kind], slot, 'lease', now + HOUR)).toBe(true);
      for (const slot of slots) expect(await bounded[kind].complete(slot, 'lease', newToken())).toBe(true);
    });

    it('holds when many tokens come at once', async () => {
      const session = await insertSession(bounded);
      const now = Date.now();
      const store = bounded[kind];
      await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          const slot = slotOf(session, `c${index}`);
          expect(await takesLease(store, slot, 'lease', now + HOUR)).toBe(true);
          expect(await store.complete(slot, 'lease', newToken())).toBe(true);
        }),
      );
      // Those that were under way at the same time could not be counted out; the next one is.
      await storeToken(store, slotOf(session, 'last'));
      expect(await ground.witness.getRepository(ENTITIES[kind]).countBy({ owner: session.id })).toBeLessThanOrEqual(5);
    });
  });
}

export function connectionTokenStoreContract(where: Place): void {
  const ground = Ground.of(where);

  const PAIRS: [string, string, string][] = [
    ['by case', 'GitHub', 'github'],
    ['by a space at the end', 'github ', 'github'],
    ['by an accent', 'gíthub', 'github'],
  ];

  it.each(PAIRS)('keeps connections apart that differ only %s', async (_, one, other) => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const slotFor = (connection: string): Slot => ({
      ...slotOf(session, connection),
      id: connectionTokenId(connection, undefined),
    });
    const ones = await storeToken(stores.connectionTokens, slotFor(one));
    const others = await storeToken(stores.connectionTokens, slotFor(other));
    expect(await tokenIn(stores.connectionTokens, slotFor(one))).toBe(ones.accessToken);
    expect(await tokenIn(stores.connectionTokens, slotFor(other))).toBe(others.accessToken);

    await stores.connectionTokens.forget(slotFor(one));
    expect(await tokenIn(stores.connectionTokens, slotFor(one))).toBeUndefined();
    expect(await tokenIn(stores.connectionTokens, slotFor(other))).toBe(others.accessToken);

    await stores.connectionTokens.keepConnected(session.userKey, [other]);
    expect(await stores.connectionTokens.find(slotFor(one))).toBeUndefined();
    expect(await tokenIn(stores.connectionTokens, slotFor(other))).toBe(others.accessToken);

    await storeToken(stores.connectionTokens, slotFor(one));
    await stores.connectionTokens.removeConnection(session.userKey, one);
    expect(await stores.connectionTokens.find(slotFor(one))).toBeUndefined();
    expect(await tokenIn(stores.connectionTokens, slotFor(other))).toBe(others.accessToken);
  });

  it('keeps login hints apart that differ only by case, and the one without', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const slotFor = (loginHint: string | undefined): Slot => ({
      ...slotOf(session, 'google-oauth2'),
      id: connectionTokenId('google-oauth2', loginHint),
      loginHintKey: loginHint === undefined ? '' : digest('login_hint', loginHint),
    });
    const hints = ['Ann@work.example', 'ann@work.example', undefined];
    const stored = [];
    for (const hint of hints) stored.push((await storeToken(stores.connectionTokens, slotFor(hint))).accessToken);
    const found = await Promise.all(hints.map((hint) => tokenIn(stores.connectionTokens, slotFor(hint))));
    expect(found).toEqual(stored);
  });

  it('forgets the tokens of a connection in all sessions of the user, and nobody else', async () => {
    const stores = storesOn(ground.here);
    const one = await insertSession(stores);
    const two = await insertSession(stores, { userKey: one.userKey });
    const stranger = await insertSession(stores);
    for (const session of [one, two, stranger]) {
      await storeToken(stores.connectionTokens, slotOf(session, 'github'));
      await storeToken(stores.connectionTokens, slotOf(session, 'slack'));
    }
    await stores.connectionTokens.forget(slotOf(one, 'github'));
    const has = async (session: typeof one, connection: string): Promise<boolean> =>
      (await tokenIn(stores.connectionTokens, slotOf(session, connection))) !== undefined;
    expect([await has(one, 'github'), await has(two, 'github'), await has(stranger, 'github')]).toEqual([
      false,
      false,
      true,
    ]);
    expect([await has(one, 'slack'), await has(two, 'slack')]).toEqual([true, true]);
  });

  it('removes what a user no longer has connected, so that an exchange under way stores nothing', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const stranger = await insertSession(stores);
    const now = Date.now();
    for (const connection of ['github', 'slack', 'google-oauth2']) {
      await stores.connectionTokens.claim(slotOf(session, connection), { lease: 'lease', leaseExpiresAt: now + HOUR });
    }
    await storeToken(stores.connectionTokens, slotOf(stranger, 'github'));
    await stores.connectionTokens.keepConnected(session.userKey, ['slack'], ['github', 'slack']);
    const complete = (connection: string): Promise<boolean> =>
      stores.connectionTokens.complete(slotOf(session, connection), 'lease', newToken());
    expect([await complete('github'), await complete('slack'), await complete('google-oauth2')]).toEqual([
      false,
      true,
      true,
    ]);
    await stores.connectionTokens.removeUser(session.userKey);
    expect(await stores.connectionTokens.find(slotOf(session, 'slack'))).toBeUndefined();
    expect(await tokenIn(stores.connectionTokens, slotOf(stranger, 'github'))).toBeDefined();
  });
}

export function apiAccessTokenStoreContract(where: Place): void {
  const ground = Ground.of(where);

  it('finds all tokens of a session for an audience, with the scopes that were asked for', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const audience = 'https://api.example/🙂';
    const slots = [['openid'], ['openid', 'read:events'], []].map((requestedScopes): Slot => ({
      ...slotOf(session, audience),
      id: digest('api', audience, ...requestedScopes),
      requestedScopes,
    }));
    const stored: StoredToken[] = [];
    for (const slot of slots) stored.push(await storeToken(stores.apiAccessTokens, slot));
    await storeToken(stores.apiAccessTokens, slotOf(session, 'https://other.example'));
    await storeToken(stores.apiAccessTokens, slotOf(await insertSession(stores), audience));
    const found = await stores.apiAccessTokens.findForAudience(session.id, audience);
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining(
        slots.map(({ requestedScopes }, index) => ({ requestedScopes, state: { token: stored[index] } })),
      ),
    );
  });

  it.each([
    ['by case', 'https://api.example/Orders', 'https://api.example/orders'],
    ['by a space at the end', 'https://api.example ', 'https://api.example'],
    ['by an accent', 'https://api.example/é', 'https://api.example/e'],
  ])('keeps audiences apart that differ only %s', async (_, one, other) => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const ones = await storeToken(stores.apiAccessTokens, slotOf(session, one));
    const others = await storeToken(stores.apiAccessTokens, slotOf(session, other));
    const found = async (audience: string): Promise<unknown[]> =>
      (await stores.apiAccessTokens.findForAudience(session.id, audience)).map(({ state }) => state.token);
    expect(await found(one)).toEqual([ones]);
    expect(await found(other)).toEqual([others]);
  });

  it('takes an audience of 600 characters', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const audience = '王'.repeat(600);
    const token = await storeToken(stores.apiAccessTokens, slotOf(session, audience));
    const found = await stores.apiAccessTokens.findForAudience(session.id, audience);
    expect(found.map(({ state }) => state.token)).toEqual([token]);
  });

  it('tells a token that is bound to a key from a bearer token', async () => {
    const stores = storesOn(ground.here);
    const slot = slotOf(await insertSession(stores), 'https://api.example');
    await storeToken(stores.apiAccessTokens, slot, { tokenType: 'DPoP' });
    expect((await stores.apiAccessTokens.find(slot))?.token?.tokenType).toBe('DPoP');
    await storeToken(stores.apiAccessTokens, slot, { tokenType: 'Bearer' });
    expect((await stores.apiAccessTokens.find(slot))?.token?.tokenType ?? 'Bearer').toBe('Bearer');
  });
}
