import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import {
  addTransactionalDataSource,
  deleteDataSourceByName,
  initializeTransactionalContext,
  runInTransaction,
} from 'typeorm-transactional';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { allDatabases, databases } from '../support/databases.js';
import {
  Ground,
  HOUR,
  insertSession,
  newConnect,
  newTransaction,
  rowsOf,
  slotOf,
  storesOn,
  storeToken,
  tokenIn,
} from './stores.kit.js';

// What applications do with their data source while the library works with it.
beforeAll(() => {
  initializeTransactionalContext();
});

describe.each(databases)('on $name', ({ name, missing }) => {
  describe.skipIf(missing)('a data source that is destroyed and initialised again', () => {
    const ground = Ground.of(name);

    it('is used with what connections it has then, by every statement', async () => {
      const dataSource = await ground.connect();
      const stores = storesOn(dataSource);
      const session = await insertSession(stores);
      const slot = slotOf(session, 'github');
      const useEverything = async (): Promise<void> => {
        await storeToken(stores.connectionTokens, slot);
        expect(await stores.sessions.find(session.id)).toBeDefined();
        expect((await stores.reader.readById(session.id, [slot.id]))?.tokens.size).toBe(1);
        expect(await stores.sessions.readCredentials(session.id)).toMatchObject({ version: 1 });
        await stores.transactions.insert(newTransaction());
        await stores.connectionTokens.forget(slot);
      };
      await useEverything();

      await dataSource.destroy();
      await dataSource.initialize();
      await useEverything();

      await dataSource.destroy();
      dataSource.setOptions({ ...dataSource.options });
      await dataSource.initialize();
      await useEverything();
    });
  });

  if (name === 'SQLite') return;
  describe.skipIf(missing)('a transaction of the caller', () => {
    const ground = Ground.of(name);
    afterEach(() => void deleteDataSourceByName('default'));

    /** A handler in a transaction, as `typeorm-transactional` makes it, that fails in the end. */
    async function inFailingTransaction(work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
      const dataSource = addTransactionalDataSource(await ground.connect());
      await dataSource.query('CREATE TABLE IF NOT EXISTS of_the_application (id integer)');
      const count = (): Promise<unknown> => dataSource.query('SELECT * FROM of_the_application');
      const handler = async (): Promise<void> => {
        await dataSource.manager.query('INSERT INTO of_the_application VALUES (1)');
        expect(await count(), 'the application itself is in its transaction').toHaveLength(1);
        await work(dataSource);
        throw new Error('the handler fails');
      };
      await expect(runInTransaction(handler)).rejects.toThrow('the handler fails');
      expect(await count(), 'which is rolled back').toEqual([]);
    }

    it('takes none of what the library has written with it', async () => {
      const session = await insertSession(storesOn(ground.there));
      const [github, slack, forgotten] = ['github', 'slack', 'forgotten'].map((label) => slotOf(session, label));
      await storeToken(storesOn(ground.there).connectionTokens, forgotten!);
      const pending = newConnect(session);
      const used = newConnect(session);
      await storesOn(ground.there).transactions.insert(used);

      await inFailingTransaction(async (dataSource) => {
        const stores = storesOn(dataSource);
        await storeToken(stores.connectionTokens, github!);
        await storeToken(stores.apiAccessTokens, slack!);
        await stores.connectionTokens.removeConnection(session.userKey, 'forgotten');
        await stores.sessions.storeCredentials(session.id, 1, { refreshToken: 'the rotated one' });
        await stores.transactions.insert(pending);
        await stores.transactions.remove(used.id, used.owner);
        expect(await stores.replays.remember('dpop', 'a', Date.now() + HOUR)).toBe(true);
      });

      const { sessions, connectionTokens, apiAccessTokens, transactions, replays } = storesOn(ground.there);
      expect(await tokenIn(connectionTokens, github!)).toBeDefined();
      expect(await tokenIn(apiAccessTokens, slack!)).toBeDefined();
      expect(await connectionTokens.find(forgotten!)).toBeUndefined();
      expect(await sessions.readCredentials(session.id)).toMatchObject({ refreshToken: 'the rotated one', version: 2 });
      expect(await transactions.find(pending.id)).toBeDefined();
      expect(await transactions.find(used.id)).toBeUndefined();
      expect(await replays.has('dpop', 'a')).toBe(true);
    });

    it('does not keep a logout from happening, nor a login', async () => {
      const ending = await insertSession(storesOn(ground.there));
      let begun: string | undefined;

      await inFailingTransaction(async (dataSource) => {
        const stores = storesOn(dataSource);
        await stores.sessions.delete(ending.id);
        begun = (await insertSession(stores)).id;
      });

      expect((await rowsOf(ground.there, ending.id)).sessions).toBe(0);
      expect((await rowsOf(ground.there, begun ?? '')).sessions).toBe(1);
    });

    it('is not waited for by who asks for the same token twice in it', async () => {
      const session = await insertSession(storesOn(ground.there));
      const slot = slotOf(session, 'google-oauth2');
      await inFailingTransaction(async (dataSource) => {
        const { connectionTokens } = storesOn(dataSource);
        const stored = await storeToken(connectionTokens, slot);
        expect(await tokenIn(connectionTokens, slot)).toBe(stored.accessToken);
      });
      expect(await tokenIn(storesOn(ground.there).connectionTokens, slot)).toBeDefined();
    });
  });
});

describe('a transaction of the caller on SQLite', () => {
  const ground = Ground.of('SQLite');

  it('is that of the library, too: there is one connection', async () => {
    const dataSource = await ground.connect();
    let id = '';
    const handler = dataSource.transaction(async () => {
      ({ id } = await insertSession(storesOn(dataSource)));
      throw new Error('the handler fails');
    });
    await expect(handler).rejects.toThrow('the handler fails');
    expect(await storesOn(ground.there).sessions.find(id)).toBeUndefined();
  });
});

const postgres = allDatabases.find(({ name }) => name === 'PostgreSQL');

describe.skipIf(postgres?.missing)('named statements on PostgreSQL', () => {
  const ground = Ground.of('PostgreSQL');

  it('are what a request is asked by, and none is with namedStatements: false', async () => {
    const { id } = await insertSession(storesOn(ground.here));
    expect(await askedBy(storesOn(ground.here), id)).toEqual({ named: 2, all: 2 });
    expect(await askedBy(storesOn(ground.here, { namedStatements: false }), id)).toEqual({ named: 0, all: 2 });
  });

  it.each([
    ['26000', 'DEALLOCATE ALL, as a pooler sends it', 'DEALLOCATE ALL'],
    ['0A000', 'a column that is altered', 'ALTER TABLE auth0_connect_sessions ALTER COLUMN claims TYPE varchar'],
    ['42P05', 'a connection on which another client has taken the name', undefined],
  ])('are given up, with a warning, at SQLSTATE %s: %s', async (code, _, statement) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    try {
      const dataSource = await ground.connect({ extra: { max: 1 } });
      const stores = storesOn(dataSource);
      const session = await insertSession(stores);
      if (statement === undefined) {
        await takeNames(dataSource);
      } else {
        await stores.sessions.find(session.id);
        await dataSource.query(statement);
      }

      expect(await stores.sessions.find(session.id)).toMatchObject({ id: session.id });

      expect(warn.mock.calls).toEqual([[expect.stringContaining(`SQLSTATE ${code}`)]]);
      expect(await askedBy(stores, session.id)).toEqual({ named: 0, all: 2 });
    } finally {
      warn.mockRestore();
    }
  });

  it('that fail for a reason of their own fail, and are kept', async () => {
    const dataSource = await ground.connect({ extra: { max: 1 } });
    const stores = storesOn(dataSource);
    const { id } = await insertSession(stores);
    await dataSource.query('ALTER TABLE auth0_connect_sessions RENAME COLUMN claims TO elsewhere');
    try {
      await expect(async () => stores.sessions.find(id)).rejects.toThrow('claims');
    } finally {
      await dataSource.query('ALTER TABLE auth0_connect_sessions RENAME COLUMN elsewhere TO claims');
    }
    expect(await askedBy(stores, id)).toEqual({ named: 2, all: 2 });
  });
});

/** What the library asks under a name, and what without. */
async function askedBy(stores: ReturnType<typeof storesOn>, id: string): Promise<{ named: number; all: number }> {
  const query = vi.spyOn(Client.prototype as { query(config: unknown): unknown }, 'query');
  try {
    await stores.sessions.find(id);
    await stores.reader.readById(id, []);
    const asked = query.mock.calls.map(([config]) => config).filter((config) => typeof config === 'object');
    return { named: asked.filter((config) => (config as { name?: string }).name).length, all: asked.length };
  } finally {
    query.mockRestore();
  }
}

/** Prepares something else under each name that finding a session needs, behind the back of the client. */
async function takeNames(dataSource: DataSource): Promise<void> {
  const query = vi.spyOn(Client.prototype as { query(config: unknown): unknown }, 'query');
  const other = await new DataSource({ ...dataSource.options, migrationsRun: false }).initialize();
  await storesOn(other).sessions.find('nobody');
  const names = query.mock.calls.flatMap(([config]) => (config as { name?: string }).name ?? []);
  query.mockRestore();
  await other.destroy();
  for (const name of names) await dataSource.query(`PREPARE ${name} AS SELECT 1`);
}
