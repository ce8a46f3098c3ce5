import { expect, it } from 'vitest';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import { ENTITIES, Ground, insertSession, newConnect, newTransaction, storesOn, type Place } from './stores.kit.js';

export function transactionStoreContract(where: Place): void {
  const ground = Ground.of(where);

  it('finds a login and a connect as they were inserted, and tells them apart', async () => {
    const [here, there] = [storesOn(ground.here), storesOn(ground.there)];
    const login = newTransaction();
    const connect = newConnect(await insertSession(here));
    for (const { id, owner, transaction, expiresAt, ...stored } of [login, connect]) {
      await here.transactions.insert({ id, owner, transaction, expiresAt, ...stored });
      expect(await there.transactions.find(id)).toEqual({ owner, transaction, expiresAt });
      expect(await there.transactions.kindOf(id)).toBe(transaction.kind);
    }
    expect(await there.transactions.find(digest('nothing'))).toBeUndefined();
    expect(await there.transactions.kindOf(digest('nothing'))).toBeUndefined();
  });

  it('keeps what an application has put in, in any script', async () => {
    const { transactions } = storesOn(ground.here);
    const given = newTransaction();
    const transaction = { ...given.transaction, appState: { name: '王 👩‍👩‍👧‍👦 "\\\r\n', list: [1, null, true] } };
    await transactions.insert({ ...given, transaction });
    expect((await transactions.find(given.id))?.transaction).toEqual(transaction);
  });

  it('gives a transaction to one of twenty who remove it at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, ...rest } = newTransaction();
      await storesOn(ground.here).transactions.insert({ id, ...rest });
      const removed = await ground.both(20, ({ transactions }) => transactions.remove(id, rest.owner));
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await storesOn(ground.here).transactions.find(id)).toBeUndefined();
    }
  });

  it('gives a transaction to nobody but its owner, in its own module instance', async () => {
    const { transactions } = storesOn(ground.here);
    const others = storesOn(ground.here, { instance: 'admin' }).transactions;
    const { id, owner, ...rest } = newTransaction();
    await transactions.insert({ id, owner, ...rest });
    expect(await transactions.remove(id, digest('somebody else'))).toBe(false);
    expect(await transactions.remove(id, owner.toUpperCase().slice(0, -1))).toBe(false);
    expect(await others.find(id)).toBeUndefined();
    expect(await others.kindOf(id)).toBeUndefined();
    expect(await others.remove(id, owner)).toBe(false);
    expect(await transactions.remove(id, owner)).toBe(true);
  });

  it('takes no second transaction under the same id', async () => {
    const { transactions } = storesOn(ground.here);
    const first = newTransaction();
    await transactions.insert(first);
    await expect(transactions.insert({ ...newTransaction(), id: first.id })).rejects.toThrow(/unique|duplicate/i);
    expect(await transactions.find(first.id)).toMatchObject({ owner: first.owner });
  });

  it('keeps the newest ones of an owner when it trims, and all of everybody else', async () => {
    const { transactions } = storesOn(ground.here);
    const owner = digest('browser', randomToken());
    const now = Date.now();
    const mine = await Promise.all(
      Array.from({ length: 30 }, async (_, age) => {
        const transaction = newTransaction({ owner, createdAt: now - age });
        await transactions.insert(transaction);
        return transaction.id;
      }),
    );
    const other = newTransaction({ createdAt: now - 1000 });
    await transactions.insert(other);
    await transactions.trim(owner, 20);
    const left = await ground.witness.getRepository(ENTITIES.transactions).findBy({ owner });
    expect(left.map(({ id }) => id).toSorted()).toEqual(mine.slice(0, 20).toSorted());
    expect(await transactions.find(other.id)).toBeDefined();
  });
}
