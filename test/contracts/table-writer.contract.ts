import { isDeepStrictEqual } from 'node:util';
import { Logger } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReadToken } from '../../libs/auth0-connect/src/accounts/ports.js';
import { apiAccessTokenId } from '../../libs/auth0-connect/src/session/keys.js';
import type { SessionRecord } from '../../libs/auth0-connect/src/session/ports.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import type { DatabaseName } from '../support/databases.js';
import {
  DAY,
  ENTITIES,
  Ground,
  HOUR,
  insertSession,
  newConnect,
  newTransaction,
  slotOf,
  storesOn,
  storeToken,
  type Slot,
  type StoresOptions,
} from './stores.kit.js';

type Row = Record<string, unknown>;

/** What an attacker may put there: what is in the row of somebody else, and what they have made up. */
function forgeriesOf(value: unknown, others: unknown): unknown[] {
  if (typeof value === 'number') return [others, 0, value + 30 * DAY, value - 30 * DAY];
  if (typeof value === 'boolean') return [others, !value];
  const made = ['', 'https://evil.example', digest('evil'), '{"sub":"auth0|evil","accessToken":"evil"}', 'v1.x.y'];
  return [others, ...made, null];
}

/** What of a session nobody may change. */
function identityOf(session: SessionRecord): Partial<SessionRecord> {
  const { id, issuerOrigin, userKey, userId, claims, createdAt, absoluteExpiresAt } = session;
  return { id, issuerOrigin, userKey, userId, claims, createdAt, absoluteExpiresAt };
}

const keyOf = ({ owner, id }: Slot) => ({ owner, slot: id });

/**
 * Somebody who writes into the tables what they like, and has no secret. What they can do is to remove, and to bring back
 * what was in the same row before; nobody becomes somebody else by it, and no token gets to another.
 */
export function tableWriterContract(name: DatabaseName): void {
  const ground = Ground.of(name);
  const stores = (options?: StoresOptions) => storesOn(ground.here, options);
  const rows = (entity: EntityTarget<ObjectLiteral>) => ground.here.getRepository(entity);
  const columnsOf = (entity: EntityTarget<ObjectLiteral>): string[] =>
    ground.here.getMetadata(entity).columns.map(({ propertyName }) => propertyName);

  beforeEach(() => void vi.spyOn(Logger.prototype, 'warn').mockReturnValue());
  afterEach(() => vi.restoreAllMocks());

  /**
   * Writes each forgery into each column in turn, and puts everything back. What a column does not take is no attack.
   * @returns the forgeries after which it does not hold
   */
  async function successfulForgeries(
    entity: EntityTarget<ObjectLiteral>,
    victim: Row,
    others: Row,
    holds: () => Promise<boolean>,
  ): Promise<string[]> {
    const successful: string[] = [];
    let written = 0;
    const keys = ground.here.getMetadata(entity).primaryColumns.map(({ propertyName }) => propertyName);
    const original = await rows(entity).findOneByOrFail(victim);
    const other = await rows(entity).findOneByOrFail(others);
    for (const column of columnsOf(entity).filter((property) => !keys.includes(property))) {
      for (const forged of forgeriesOf(original[column], other[column])) {
        const changed = await rows(entity)
          .update(victim, { [column]: forged })
          .then(() => true)
          .catch(() => false);
        if (!changed) continue;
        written += 1;
        if (!(await holds())) successful.push(`${column} = ${String(forged)}`);
        await rows(entity).update(victim, { [column]: original[column] });
      }
    }
    if (written < columnsOf(entity).length) throw new Error('hardly anything was written');
    return successful;
  }

  describe('a session', () => {
    const bob = { userId: 'auth0|bob', issuerOrigin: 'https://other.example' };

    it('is whose it was or nobody’s, whatever is changed in any of its columns', async () => {
      const victim = await insertSession(stores());
      const attacker = await insertSession(stores(), bob);
      const slot = slotOf(victim, 'github').id;
      const holds = async (): Promise<boolean> => {
        const { sessions, reader } = stores();
        const found = await sessions.find(victim.id);
        const read = (await reader.readById(victim.id, [slot]))?.record;
        const isHers =
          found === undefined ||
          (isDeepStrictEqual(identityOf(found), identityOf(victim)) && found.expiresAt <= victim.absoluteExpiresAt);
        const listed = await Promise.all(
          [victim, attacker].map(async ({ userKey }) =>
            (await sessions.findByUser(userKey)).every((record) => record.userKey === userKey),
          ),
        );
        const { refreshToken, idToken, dpopKey } = (await sessions.readCredentials(victim.id)) ?? {};
        return (
          isHers &&
          isDeepStrictEqual(read, found) &&
          listed.every(Boolean) &&
          [victim.refreshToken, undefined].includes(refreshToken) &&
          [victim.idToken, undefined].includes(idToken) &&
          dpopKey === undefined
        );
      };
      expect(await holds()).toBe(true);
      expect(await successfulForgeries(ENTITIES.sessions, { id: victim.id }, { id: attacker.id }, holds)).toEqual([]);
      expect(await stores().sessions.find(victim.id)).toMatchObject(identityOf(victim));
    });

    it('of one user does not do the work of another, wherever its row was moved', async () => {
      const victim = await insertSession(stores());
      const attacker = await insertSession(stores(), bob);
      await rows(ENTITIES.sessions).update({ id: attacker.id }, { userKey: victim.userKey, userId: victim.userId });
      const found = await stores().sessions.findByUser(victim.userKey);
      expect(found.map(({ id }) => id)).toEqual([victim.id]);
    });

    it('is no session under another id, nor in another module instance', async () => {
      const victim = await insertSession(stores());
      const sessionToken = randomToken();
      const row = await rows(ENTITIES.sessions).findOneByOrFail({ id: victim.id });
      const id = digest(sessionToken);
      await rows(ENTITIES.sessions).insert({ ...row, id });
      expect(await stores().sessions.find(id)).toBeUndefined();
      expect(await stores().reader.read(sessionToken, [])).toBeUndefined();
      expect((await stores().sessions.readCredentials(id))?.refreshToken).toBeUndefined();

      const admin = stores({ instance: 'admin' });
      const admins = await insertSession(admin);
      const { instanceKey } = await rows(ENTITIES.sessions).findOneByOrFail({ id: admins.id });
      await rows(ENTITIES.sessions).update({ id: victim.id }, { instanceKey });
      expect(await admin.sessions.find(victim.id)).toBeUndefined();
      expect(await admin.reader.readById(victim.id, [])).toBeUndefined();
      expect(await stores().sessions.find(victim.id)).toBeUndefined();
    });

    it('that was made up logs nobody in', async () => {
      const sessionToken = randomToken();
      const row = await rows(ENTITIES.sessions).findOneByOrFail({ id: (await insertSession(stores())).id });
      for (const claims of ['{"sub":"auth0|alice"}', JSON.stringify({ claims: { sub: 'auth0|alice' } })]) {
        const id = digest(sessionToken, claims);
        await rows(ENTITIES.sessions).insert({ ...row, id, claims });
        expect(await stores().sessions.find(id)).toBeUndefined();
        expect(await stores().reader.readById(id, [])).toBeUndefined();
      }
      const foreign = stores({ secrets: ['a secret that the attacker has thought up by themselves'] });
      const { id } = await insertSession(foreign);
      expect(await foreign.sessions.find(id)).toBeDefined();
      expect(await stores().sessions.find(id)).toBeUndefined();
    });

    it('that has been opened before is not believed when its row has changed', async () => {
      const { reader } = stores();
      const [victim, attacker] = [await insertSession(stores()), await insertSession(stores(), bob)];
      expect((await reader.readById(attacker.id, []))?.record.userId).toBe('auth0|bob');
      expect((await reader.readById(victim.id, []))?.record.userId).toBe('auth0|alice');
      const { claims } = await rows(ENTITIES.sessions).findOneByOrFail({ id: victim.id });
      await rows(ENTITIES.sessions).update({ id: attacker.id }, { claims });
      expect(await reader.readById(attacker.id, [])).toBeUndefined();
    });
  });

  describe.each(['connectionTokens', 'apiAccessTokens'] as const)('a token among %s', (kind) => {
    it('is the one that was stored or none, and not for longer, whatever is changed in any of its columns', async () => {
      const [victim, attacker] = [await insertSession(stores()), await insertSession(stores())];
      const [slot, others] = [slotOf(victim, 'github'), slotOf(attacker, 'slack')];
      const token = await storeToken(stores()[kind], slot, { tokenType: 'DPoP' });
      await storeToken(stores()[kind], others);
      const isHers = (one: ReadToken): boolean =>
        one.accessToken === token.accessToken &&
        isDeepStrictEqual(one.scopes, token.scopes) &&
        one.expiresAt <= token.expiresAt;
      const holds = async (): Promise<boolean> => {
        const found = (await stores()[kind].find(slot))?.token;
        const read = (await stores().reader.readById(victim.id, [slot.id]))?.tokens.get(slot.id);
        return (
          (found === undefined || (isHers(found) && found.tokenType === 'DPoP')) && (read === undefined || isHers(read))
        );
      };
      expect(await holds()).toBe(true);
      expect(await successfulForgeries(ENTITIES[kind], keyOf(slot), keyOf(others), holds)).toEqual([]);
    });
  });

  it('an API access token is not handed out for another API, nor for other scopes', async () => {
    const session = await insertSession(stores());
    const slot = slotOf(session, 'https://tenant.example/me/');
    const { apiAccessTokens } = stores();
    await storeToken(apiAccessTokens, slot);
    const api = 'https://api.example';
    const id = apiAccessTokenId(api, slot.requestedScopes);
    const row = await rows(ENTITIES.apiAccessTokens).findOneByOrFail({ owner: session.id, slot: slot.id });
    await rows(ENTITIES.apiAccessTokens).insert({ ...row, slot: id, audience: api });
    await rows(ENTITIES.apiAccessTokens).update({ owner: session.id, slot: slot.id }, { audience: api });
    const found = await apiAccessTokens.findForAudience(session.id, api);
    expect(found.filter(({ state }) => state.token)).toEqual([]);
    await rows(ENTITIES.apiAccessTokens).update(
      { owner: session.id, slot: slot.id },
      { audience: slot.audience, requestedScopes: 'openid read:events write:all' },
    );
    expect(await apiAccessTokens.findForAudience(session.id, slot.audience)).toEqual([]);
  });

  it('a pending login or connect is whose it was or nobody’s, whatever is changed in any of its columns', async () => {
    const session = await insertSession(stores());
    const attackers = newTransaction();
    await stores().transactions.insert(attackers);
    for (const victims of [newTransaction(), newConnect(session)]) {
      await stores().transactions.insert(victims);
      const { owner, transaction, expiresAt } = victims;
      const holds = async (): Promise<boolean> => {
        const found = await stores().transactions.find(victims.id);
        return found === undefined || isDeepStrictEqual(found, { owner, transaction, expiresAt });
      };
      const [victim, attacker] = [{ id: victims.id }, { id: attackers.id }];
      expect(await successfulForgeries(ENTITIES.transactions, victim, attacker, holds)).toEqual([]);
      expect(await stores().transactions.find(victims.id)).toEqual({ owner, transaction, expiresAt });
    }
  });

  it('a pending login is none in another module instance', async () => {
    const admin = stores({ instance: 'admin' });
    const login = newTransaction();
    await stores().transactions.insert(login);
    const ours = newTransaction();
    await admin.transactions.insert(ours);
    const { instanceKey } = await rows(ENTITIES.transactions).findOneByOrFail({ id: ours.id });
    await rows(ENTITIES.transactions).update({ id: login.id }, { instanceKey });
    expect(await admin.transactions.find(login.id)).toBeUndefined();
  });

  it('a failure that was made up is told as an unknown one', async () => {
    const { connectionTokens } = stores();
    const slot = slotOf(await insertSession(stores()), 'github');
    await connectionTokens.claim(slot, { lease: 'lease', leaseExpiresAt: Date.now() + HOUR });
    for (const failure of ['', 'no JSON', 'null', '7', '{"code":7}', '[]']) {
      await rows(ENTITIES.connectionTokens).update({ owner: slot.owner, slot: slot.id }, { failure, failedLease: 'x' });
      expect((await connectionTokens.find(slot))?.failure ?? 'none').toBe('none');
    }
  });
}
