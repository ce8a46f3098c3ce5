import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import {
  ENTITIES,
  Ground,
  insertSession,
  newConnect,
  newLink,
  newTransaction,
  rawRows,
  slotOf,
  storesOn,
  storeToken,
  tokenIn,
  type Place,
} from './stores.kit.js';

export function sealingContract(where: Place): void {
  const ground = Ground.of(where);
  let warn: MockInstance<(message: string) => void>;

  beforeEach(() => {
    warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  });
  afterEach(() => vi.restoreAllMocks());

  const warnings = (): string[] =>
    warn.mock.calls.map(([message]) => message).filter((message) => !message.includes('named statement'));

  it('leaves nothing secret in clear in any column of any table', async () => {
    const stores = storesOn(ground.here);
    const sessionToken = randomToken();
    const secrets: string[] = [sessionToken];
    const secret = (what: string): string => {
      const value = `${what}-${randomToken()}`;
      secrets.push(value);
      return value;
    };
    const session = await insertSession(stores, {
      id: digest(sessionToken),
      refreshToken: secret('refresh'),
      idToken: secret('id-token'),
      dpopKey: secret('dpop-key'),
    });
    await stores.sessions.storeCredentials(session.id, 1, {
      refreshToken: secret('rotated'),
      idToken: secret('renewed'),
    });
    const login = newTransaction();
    await stores.transactions.insert({
      ...login,
      transaction: {
        ...login.transaction,
        codeVerifier: secret('verifier'),
        nonce: secret('nonce'),
        dpopKey: secret('pending-dpop-key'),
        returnTo: secret('/return-to'),
      } as typeof login.transaction,
    });
    const connect = newConnect(session);
    await stores.transactions.insert({
      ...connect,
      transaction: {
        ...connect.transaction,
        codeVerifier: secret('verifier'),
        authSession: secret('auth-session'),
        appState: secret('app-state'),
      } as typeof connect.transaction,
    });
    const link = newLink();
    secrets.push(link.token);
    await stores.links.insert({
      ...link,
      need: { ...link.need, loginHint: secret('hint'), returnTo: secret('/return-to'), scopes: [secret('scope')] },
    });
    await storeToken(stores.connectionTokens, slotOf(session, 'github'), { accessToken: secret('provider-token') });
    await storeToken(stores.apiAccessTokens, slotOf(session, 'api'), { accessToken: secret('api-token') });
    await stores.replays.remember('logout', secret('jti'), Date.now() + 1000);

    const dump = await dumpOf(ground);
    for (const entity of Object.values(ENTITIES)) {
      expect(await ground.witness.getRepository<object>(entity).count()).toBeGreaterThan(0);
    }
    // What is not secret is there in clear, so the dump is one.
    expect(dump).toContain('auth0|alice');
    for (const value of secrets) {
      for (const shape of [
        value,
        Buffer.from(value).toString('base64').slice(0, -4),
        Buffer.from(value).toString('hex'),
      ]) {
        expect(dump).not.toContain(shape);
      }
    }
  });

  it('opens no secret of a session that was copied to another session or column, and asks for a login', async () => {
    const stores = storesOn(ground.here);
    const [thief, victim] = [await insertSession(stores), await insertSession(stores, { dpopKey: '{"kty":"EC"}' })];
    const rows = ground.witness.getRepository(ENTITIES.sessions);
    const { refreshToken, idToken, dpopKey } = await rows.findOneByOrFail({ id: victim.id });
    await rows.update({ id: thief.id }, { refreshToken, idToken, dpopKey });
    const stolen = await stores.sessions.readCredentials(thief.id);
    expect(stolen).toEqual({ version: 1, loginRequired: true });
    expect(await stores.sessions.readDpopKey(thief.id)).toBeUndefined();

    await rows.update({ id: victim.id }, { refreshToken: idToken, idToken: refreshToken });
    const swapped = await stores.sessions.readCredentials(victim.id);
    expect(swapped).toEqual({ version: 1, loginRequired: true, dpopKey: '{"kty":"EC"}' });
    expect(await stores.sessions.find(victim.id)).toBeDefined();
  });

  it.each(['connectionTokens', 'apiAccessTokens'] as const)(
    'takes one of %s that was copied to another row for none, and the row can be used again',
    async (kind) => {
      const stores = storesOn(ground.here);
      const store = stores[kind];
      const [thief, victim] = [await insertSession(stores), await insertSession(stores)];
      const token = await storeToken(store, slotOf(victim, 'github'));
      await storeToken(store, slotOf(thief, 'github'));
      await storeToken(store, slotOf(victim, 'slack'));
      const rows = ground.witness.getRepository(ENTITIES[kind]);
      const { accessToken } = await rows.findOneByOrFail({ owner: victim.id, slot: slotOf(victim, 'github').id });
      for (const slot of [slotOf(thief, 'github'), slotOf(victim, 'slack')]) {
        await rows.update({ owner: slot.owner, slot: slot.id }, { accessToken });
        expect(await store.find(slot)).toEqual({});
        const { tokens } = (await stores.reader.readById(slot.owner, [slot.id])) ?? {};
        expect(tokens?.size).toBe(0);
        const renewed = await storeToken(store, slot);
        expect(await tokenIn(store, slot)).toBe(renewed.accessToken);
      }
      expect(await tokenIn(store, slotOf(victim, 'github'))).toBe(token.accessToken);
    },
  );

  it('opens no token of one kind in the table of the other', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const slot = slotOf(session, 'github');
    await storeToken(stores.connectionTokens, slot);
    await storeToken(stores.apiAccessTokens, slot);
    const { owner, id: key } = slot;
    const { accessToken } = await ground.witness
      .getRepository(ENTITIES.apiAccessTokens)
      .findOneByOrFail({ owner, slot: key });
    await ground.witness.getRepository(ENTITIES.connectionTokens).update({ owner, slot: key }, { accessToken });
    expect(await stores.connectionTokens.find(slot)).toEqual({});
  });

  it('takes a transaction whose payload was copied from another one for none', async () => {
    const { transactions } = storesOn(ground.here);
    const [one, other] = [newTransaction(), newTransaction()];
    await transactions.insert(one);
    await transactions.insert(other);
    const rows = ground.witness.getRepository(ENTITIES.transactions);
    const { payload } = await rows.findOneByOrFail({ id: other.id });
    await rows.update({ id: one.id }, { payload });
    expect(await transactions.find(one.id)).toBeUndefined();
    expect(await transactions.find(other.id)).toBeDefined();
  });

  it('opens with every configured secret, and counts as absent what no one of them opens', async () => {
    const [old, current] = [
      'an old secret that was once the first of the list',
      'the present first secret of the list',
    ];
    const before = storesOn(ground.here, { secrets: [old] });
    const session = await insertSession(before);
    const token = await storeToken(before.connectionTokens, slotOf(session, 'github'));

    const both = storesOn(ground.here, { secrets: [current, old] });
    expect(await both.sessions.readCredentials(session.id)).toMatchObject({ refreshToken: session.refreshToken });
    expect(await tokenIn(both.connectionTokens, slotOf(session, 'github'))).toBe(token.accessToken);
    expect(warnings()).toEqual([]);

    const after = storesOn(ground.here, { secrets: [current] });
    for (let times = 0; times < 3; times += 1) {
      expect(await after.sessions.readCredentials(session.id)).toEqual({ version: 1, loginRequired: true });
      expect(await after.connectionTokens.find(slotOf(session, 'github'))).toEqual({});
    }
    // Said once for each value, by its place.
    expect(warnings()).toHaveLength(3);
    for (const place of ['sessions.refresh_token', 'sessions.id_token', 'connection_tokens.access_token']) {
      expect(warnings().filter((message) => message.includes(place) && message.includes(session.id))).toHaveLength(1);
    }
  });

  it('counts a damaged value as absent, and says nothing of what it was', async () => {
    const stores = storesOn(ground.here);
    const session = await insertSession(stores);
    const slot = slotOf(session, 'github');
    const { accessToken } = await storeToken(stores.connectionTokens, slot);
    const rows = ground.witness.getRepository(ENTITIES.connectionTokens);
    for (const damaged of ['', 'v1', accessToken, 'v1.aaaaaaaa.', 'v9.aaaaaaaa.AAAA', '{"v":1}', '\u{1f642}']) {
      await rows.update({ owner: slot.owner, slot: slot.id }, { accessToken: damaged });
      expect(await storesOn(ground.here).connectionTokens.find(slot)).toEqual({});
      expect((await storesOn(ground.here).reader.readById(session.id, [slot.id]))?.tokens.size).toBe(0);
    }
    expect(warnings().join('\n')).toContain(slot.id);
    expect(warnings().join('\n')).not.toContain(accessToken);
  });
}

async function dumpOf(ground: Ground): Promise<string> {
  const tables = await Promise.all(Object.values(ENTITIES).map((entity) => rawRows(ground.witness, entity)));
  return JSON.stringify(tables, (_, value: unknown) => (Buffer.isBuffer(value) ? value.toString('utf8') : value));
}
