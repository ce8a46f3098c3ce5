import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import type { StoredToken } from '../../libs/auth0-connect/src/tokens/ports.js';
import { StatementLog } from './statements.js';
import {
  ENTITIES,
  Ground,
  HOUR,
  insertSession,
  newSession,
  slotOf,
  storesOn,
  storeToken,
  type Slot,
  type Place,
} from './stores.kit.js';

const whatARequestNeeds = ({ accessToken, scopes, expiresAt }: StoredToken) => ({ accessToken, scopes, expiresAt });

export function sessionReaderContract(where: Place): void {
  const ground = Ground.of(where);

  it('reads what the session store finds', async () => {
    const stores = storesOn(ground.here);
    const claims = { sub: 'auth0|王', text: '👩‍👩‍👧‍👦'.repeat(1800), nested: { list: [1, null] } };
    const { id } = await insertSession(stores, { claims, userId: 'auth0|王' });
    const read = await storesOn(ground.there).reader.readById(id, []);
    expect(read).toEqual({ record: await stores.sessions.find(id), tokens: new Map() });
    expect(read?.record.claims).toEqual(claims);
  });

  it('reads a session by what its cookie holds, and none by what its row says', async () => {
    const stores = storesOn(ground.here);
    const sessionToken = randomToken();
    const { id } = await insertSession(stores, { id: digest(sessionToken) });
    expect((await stores.reader.read(sessionToken, []))?.record.id).toBe(id);
    expect(await stores.reader.read(id, [])).toBeUndefined();
  });

  it('reads nothing under an unknown id, nor under that of another module instance or an ended session', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const slot = slotOf(session, 'github');
    await storeToken(stores.connectionTokens, slot);
    for (const slots of [[], [slot.id], [slot.id, digest('another')]]) {
      expect(await stores.reader.readById(digest('nobody'), slots)).toBeUndefined();
      expect(await storesOn(ground.here, { instance: 'admin' }).reader.readById(session.id, slots)).toBeUndefined();
      expect(await stores.reader.readById(session.id, slots)).toBeDefined();
    }
    await storesOn(ground.there).sessions.delete(session.id);
    expect(await stores.reader.readById(session.id, [slot.id])).toBeUndefined();
  });

  describe('with tokens', () => {
    const LABELS = ['github', 'GitHub', 'slack', 'google-oauth2', 'github '];
    type Stored = Awaited<ReturnType<typeof storeToken>>;

    it('reads the right one for each slot, and those of nobody else', async () => {
      const stores = storesOn(ground.here);
      const [mine, others] = [await insertSession(stores), await insertSession(stores)];
      const stored = new Map<Slot, Stored>();
      for (const session of [others, mine]) {
        for (const label of LABELS) {
          const slot = slotOf(session, label);
          stored.set(slot, await storeToken(stores.connectionTokens, slot, { scopes: ['übung', label.trim()] }));
        }
      }
      // The same user in another session, and an API token under the same name.
      const another = await insertSession(stores, { userKey: mine.userKey });
      await storeToken(stores.connectionTokens, slotOf(another, 'only-there'));
      await storeToken(stores.apiAccessTokens, slotOf(mine, 'only-an-api'));

      for (const session of [mine, others]) {
        const slots = [...stored.keys()].filter(({ owner }) => owner === session.id);
        for (let count = 0; count <= slots.length; count += 1) {
          const wanted = slots.slice(0, count);
          const read = await stores.reader.readById(
            session.id,
            wanted.map(({ id: slot }) => slot),
          );
          expect(read?.record.id).toBe(session.id);
          expect(read?.tokens).toEqual(new Map(wanted.map((slot) => [slot.id, whatARequestNeeds(stored.get(slot)!)])));
        }
      }
      const absent = ['only-there', 'only-an-api', 'nowhere'].map((label) => slotOf(mine, label).id);
      expect(await stores.reader.readById(mine.id, absent)).toMatchObject({
        record: { id: mine.id },
        tokens: new Map(),
      });
    });

    it('reads a token once that is asked for twice', async () => {
      const stores = storesOn(ground.here);
      const session = await insertSession(stores);
      const { id: slot } = slotOf(session, 'github');
      const token = await storeToken(stores.connectionTokens, slotOf(session, 'github'));
      const read = await stores.reader.readById(session.id, [slot, slot]);
      expect(read?.tokens).toEqual(new Map([[slot, whatARequestNeeds(token)]]));
    });

    it('leaves out a slot for which there is no token yet, or none any more', async () => {
      const stores = storesOn(ground.here);
      const session = await insertSession(stores);
      const [pending, forgotten, stored] = ['github', 'slack', 'google-oauth2'].map((label) => slotOf(session, label));
      const now = Date.now();
      await stores.connectionTokens.claim(pending!, { lease: 'lease', leaseExpiresAt: now + HOUR });
      await storeToken(stores.connectionTokens, forgotten!);
      await stores.connectionTokens.forget(forgotten!);
      await storeToken(stores.connectionTokens, stored!);
      const slots = [pending!, forgotten!, stored!].map(({ id: slot }) => slot);
      expect([...((await stores.reader.readById(session.id, slots))?.tokens.keys() ?? [])]).toEqual([stored!.id]);
    });

    it('reads the old token while a new one is obtained', async () => {
      const stores = storesOn(ground.here);
      const session = await insertSession(stores);
      const slot = slotOf(session, 'github');
      const token = await storeToken(stores.connectionTokens, slot);
      const now = Date.now();
      await stores.connectionTokens.claim(slot, { lease: 'lease', leaseExpiresAt: now + HOUR });
      const read = await stores.reader.readById(session.id, [slot.id]);
      expect(read?.tokens).toEqual(new Map([[slot.id, whatARequestNeeds(token)]]));
    });

    it('reads none that belongs to a row of another owner, however it got there', async () => {
      const stores = storesOn(ground.here);
      const [mine, others] = [await insertSession(stores), await insertSession(stores)];
      const slot = slotOf(others, 'github');
      await storeToken(stores.connectionTokens, slot);
      expect((await stores.reader.readById(others.id, [slot.id]))?.tokens.size, 'it has been opened before').toBe(1);
      // The row is moved to the other session, sealed as it is.
      await ground.witness
        .getRepository(ENTITIES.connectionTokens)
        .update({ owner: others.id, slot: slot.id }, { owner: mine.id, sessionId: mine.id, userKey: mine.userKey });
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValueOnce();
      expect((await stores.reader.readById(mine.id, [slot.id]))?.tokens).toEqual(new Map());
      expect(warn).toHaveBeenCalledOnce();
      expect((await stores.reader.readById(others.id, [slot.id]))?.tokens).toEqual(new Map());
    });
  });

  it('reads what the row says now, whatever it has opened before', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const slot = slotOf(session, 'github');
    const elsewhere = storesOn(ground.there);
    const read = async () => (await stores.reader.readById(session.id, [slot.id]))?.tokens.get(slot.id);
    for (const accessToken of ['the first', 'the second', 'the first']) {
      const token = await storeToken(elsewhere.connectionTokens, slot, { accessToken });
      expect(await read()).toEqual(whatARequestNeeds(token));
      expect(await read(), 'from memory').toEqual(whatARequestNeeds(token));
    }
    vi.spyOn(Logger.prototype, 'warn').mockReturnValueOnce();
    await ground.witness
      .getRepository(ENTITIES.connectionTokens)
      .update({ owner: session.id, slot: slot.id }, { accessToken: 'v1.damaged.envelope' });
    expect(await read()).toBeUndefined();
  });

  it('asks the database one thing, however many tokens are wanted', async () => {
    const dataSource = await ground.connect();
    const stores = storesOn(dataSource);
    const session = await insertSession(stores);
    const slots = ['a', 'b', 'c'].map((label) => slotOf(session, label));
    for (const slot of slots) await storeToken(stores.connectionTokens, slot);
    const log = StatementLog.on(dataSource);
    try {
      for (const count of [0, 1, 2, 3]) {
        for (const id of [session.id, newSession().id]) {
          const asked = await log.during(() =>
            stores.reader.readById(
              id,
              slots.slice(0, count).map(({ id: slot }) => slot),
            ),
          );
          expect(asked.map(({ sql }) => sql)).toEqual([
            expect.stringMatching(/^SELECT .* FROM \S*auth0_connect_sessions/i),
          ]);
        }
      }
      // The log sees what goes by TypeORM as well.
      expect(await log.during(() => stores.sessions.find(session.id))).toHaveLength(1);
    } finally {
      log.stop();
    }
  });
}
