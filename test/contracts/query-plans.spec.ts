import { Logger } from '@nestjs/common';
import type { DataSource, ObjectLiteral } from 'typeorm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { needKeyOf, purgeTimeOf } from '../../libs/auth0-connect/src/accounts/connect-link.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { databases } from '../support/databases.js';
import { accessPaths } from './query-plan.js';
import { StatementLog, type Statement } from './statements.js';
import {
  DAY,
  ENTITIES,
  Ground,
  HOUR,
  INSTANCE_KEY,
  insertSession,
  newConnect,
  newLink,
  newSession,
  newTransaction,
  slotOf,
  storesOn,
  storeToken,
  type Slot,
  type Stores,
} from './stores.kit.js';

const SESSIONS = 3000;
const EXPIRED = 30;
const TOKENS_EACH = 3;

const SESSION = 'auth0_connect_sessions by id';
const TOKEN = 'auth0_connect_connection_tokens by owner, slot';
const API_TOKEN = 'auth0_connect_api_access_tokens by owner, slot';
const TRANSACTION = 'auth0_connect_transactions by id';

/** Somewhere in the middle of the rows. */
const session = sessionNumber(1500);
const SLOTS = Array.from({ length: 5 }, (_, index) => slotOf(session, `c${index}`).id);

describe.each(databases)('the statements on $name', ({ name, missing }) => {
  describe.skipIf(missing)('with thousands of rows', () => {
    const ground = Ground.of(name);
    let stores: Stores;
    let log: StatementLog;

    beforeAll(async () => {
      await fill(ground.here);
      log = StatementLog.on(ground.here);
      stores = storesOn(ground.here);
      // The rows hold nothing that was ever sealed.
      vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
      return () => {
        log.stop();
        vi.restoreAllMocks();
      };
    }, 60_000);

    /**
     * The access paths of every statement that is not an INSERT, all in one list. Without those of foreign keys, which
     * SQLite tells and the others do not.
     */
    const pathsOf = async (work: () => unknown): Promise<string[]> => {
      const statements = (await log.during(work)).filter(({ sql }) => /^(SELECT|UPDATE|DELETE)/.test(sql));
      expect(statements).not.toEqual([]);
      const paths = [];
      for (const statement of statements) paths.push(...(await accessPaths(ground.here, statement)));
      return [...new Set(paths)].filter((path) => !path.endsWith(' by session_id')).toSorted();
    };

    it('are seen to read a whole table where there is no index', async () => {
      const rows = ground.here.getRepository(ENTITIES.sessions);
      expect(await pathsOf(() => rows.findBy({ userId: 'nobody' }))).toContain('all of auth0_connect_sessions');
      expect(await pathsOf(() => rows.delete({ userId: 'nobody' }))).toContain('all of auth0_connect_sessions');
    });

    it('of the session reader go by the primary keys of session and token', async () => {
      expect(await pathsOf(() => stores.reader.readById(session.id, []))).toEqual([SESSION]);
      for (const count of [1, 2, 5]) {
        expect(await pathsOf(() => stores.reader.readById(session.id, SLOTS.slice(0, count)))).toEqual([
          TOKEN,
          SESSION,
        ]);
      }
    });

    it('of the session store go by the primary key when they are about one session', async () => {
      const { id } = session;
      const now = Date.now();
      const all = async (): Promise<void> => {
        await stores.sessions.find(id);
        await stores.sessions.readCredentials(id);
        await stores.sessions.readDpopKey(id);
        await stores.sessions.touch(session, session.lastUsedAt, session.expiresAt);
        await stores.sessions.storeCredentials(id, 1, { idToken: 'new' });
        await stores.sessions.markLoginRequired(id, 99);
        await stores.sessions.claimRefreshLease(id, { lease: 'lease', leaseExpiresAt: now + HOUR });
        await stores.sessions.renewRefreshLease(id, { lease: 'lease', leaseExpiresAt: now + HOUR });
        await stores.sessions.releaseRefreshLease(id, 'lease');
      };
      expect(await pathsOf(all)).toEqual([SESSION]);
    });

    it('of the session store go by an index when they are about a user or a session of Auth0', async () => {
      const { userKey, sidKey = '' } = session;
      const user = ['auth0_connect_sessions by user_key'];
      expect(await pathsOf(() => stores.sessions.findByUser(userKey))).toEqual(user);
      expect(await pathsOf(() => stores.sessions.deleteByUser(userKey, 0))).toEqual(user);
      const sid = ['auth0_connect_sessions by sid_key'];
      expect(await pathsOf(() => stores.sessions.deleteBySid(sidKey, 0))).toEqual(sid);
    });

    it.each([
      ['connectionTokens', TOKEN],
      ['apiAccessTokens', API_TOKEN],
    ] as const)('of the store of %s go by the primary key', async (kind, path) => {
      const slot = slotOf(session, 'c1');
      const now = Date.now();
      const all = async (): Promise<void> => {
        await stores[kind].find(slot);
        await stores[kind].claim(slot, { lease: 'lease', leaseExpiresAt: now + HOUR });
        await stores[kind].heldAmong([{ owner: slot.owner, lease: 'lease' }]);
        await stores[kind].renew(slot, { lease: 'lease', leaseExpiresAt: now + HOUR });
        await stores[kind].fail(slot, 'lease', { code: 'unknown', message: '', details: {} });
        await stores[kind].complete(slot, 'lease', undefined);
        await stores[kind].claim(slotOf(session, 'new'), { lease: 'lease', leaseExpiresAt: now + HOUR });
      };
      expect(await pathsOf(all)).toEqual([path]);
    });

    it('of the store of API access tokens go by the primary key when they are about an audience', async () => {
      expect(await pathsOf(() => stores.apiAccessTokens.findForAudience(session.id, 'c1'))).toEqual([API_TOKEN]);
      expect(await pathsOf(() => stores.apiAccessTokens.forget(slotOf(session, 'c2')))).toEqual([API_TOKEN]);
    });

    it('of the store of connection tokens go by an index when they are about a user', async () => {
      const { userKey } = session;
      const { connectionTokens } = stores;
      const paths = [
        await pathsOf(() => connectionTokens.forget(slotOf(session, 'c2'))),
        await pathsOf(() => connectionTokens.keepConnected(userKey, ['c0', 'c1', 'new'])),
        await pathsOf(() => connectionTokens.removeConnection(userKey, 'none')),
        await pathsOf(() => connectionTokens.removeUser(userKey)),
      ];
      expect(new Set(paths.flat())).toEqual(new Set(['auth0_connect_connection_tokens by user_key']));
    });

    it('of the transaction store go by the primary key, and by an index when they are about an owner', async () => {
      const { id: state, owner } = transactionNumber(1500);
      const all = async (): Promise<void> => {
        await stores.transactions.find(state);
        await stores.transactions.kindOf(state);
        await stores.transactions.remove(state, 'somebody else');
      };
      expect(await pathsOf(all)).toEqual([TRANSACTION]);
      expect(await pathsOf(() => stores.transactions.trim(owner, 20))).toEqual(['auth0_connect_transactions by owner']);
    });

    it('of the store of connect links go by the primary key, or by the user', async () => {
      const { id, need } = linkNumber(1500);
      const byUser = ['auth0_connect_links by user_key'];
      const one = async (): Promise<void> => {
        await stores.links.find(id);
        await stores.links.move(id, ['pending', 'opened'], 'answered');
      };
      expect(await pathsOf(one)).toEqual(['auth0_connect_links by id']);
      expect(await pathsOf(() => stores.links.findOpen(need.userKey, needKeyOf(need)))).toEqual(byUser);
      expect(await pathsOf(() => stores.links.trim(need.userKey, 20))).toEqual(byUser);
    });

    it('of the store of token ids go by the primary key', async () => {
      await stores.replays.remember('logout', 'a', Date.now() + HOUR);
      expect(await pathsOf(() => stores.replays.has('logout', 'a'))).toEqual(['auth0_connect_replays by id']);
    });

    it('by which a session takes its tokens and pending connects along go by an index', async () => {
      // What a foreign key does is in no plan: the same by hand.
      for (const entity of [ENTITIES.transactions, ENTITIES.apiAccessTokens, ENTITIES.connectionTokens]) {
        const rows = ground.here.getRepository<ObjectLiteral & { sessionId: string }>(entity);
        const { tableName } = ground.here.getMetadata(entity);
        const [statement] = await log.during(() => rows.delete({ sessionId: 'none' }));
        expect(await accessPaths(ground.here, statement!)).toEqual([`${tableName} by session_id`]);
      }
    });

    it('of a logout read no table as a whole', async () => {
      const { id: ending } = sessionNumber(1501);
      const paths = await pathsOf(() => stores.sessions.delete(ending));
      expect(paths).toContain(SESSION);
      expect(paths.filter((path) => path.startsWith('all of'))).toEqual([]);
    });

    it('of the purge find what is expired by an index, and read no table as a whole', async () => {
      const statements: Statement[] = await log.during(() => stores.expiredRows.purgeBatch(Date.now(), 200));
      const found = [];
      for (const statement of statements.filter(({ sql }) => sql.startsWith('SELECT'))) {
        found.push(...(await accessPaths(ground.here, statement)));
      }
      expect(found).toEqual(
        expect.arrayContaining([
          'auth0_connect_transactions by expires_at',
          'auth0_connect_replays by expires_at',
          'auth0_connect_links by purge_at',
          'auth0_connect_sessions by expires_at',
          'auth0_connect_api_access_tokens by purge_at',
          'auth0_connect_connection_tokens by purge_at',
        ]),
      );
      const deleted = [];
      for (const statement of statements.filter(({ sql }) => sql.startsWith('DELETE'))) {
        deleted.push(...(await accessPaths(ground.here, statement)));
      }
      expect(deleted).not.toEqual([]);
      expect([...found, ...deleted].filter((path) => path.startsWith('all of'))).toEqual([]);
    });
  });
});

function sessionNumber(index: number) {
  const now = Date.now();
  return newSession({
    id: digest('session', String(index)),
    userKey: digest('user', String(Math.floor(index / 2))),
    sidKey: digest('sid', String(index)),
    expiresAt: index < EXPIRED ? now - 1 : now + DAY,
  });
}

function transactionNumber(index: number) {
  const now = Date.now();
  const owner = digest('browser', String(Math.floor(index / 3)));
  const given = { id: digest('state', String(index)), owner, expiresAt: index < EXPIRED ? now - 1 : now + HOUR };
  return index % 2 === 0 ? newTransaction(given) : newConnect(sessionNumber(index), given);
}

function linkNumber(index: number) {
  return newLink({ id: digest('link', String(index)), userKey: digest('user', String(Math.floor(index / 2))) });
}

/** Rows as the stores write them, in a few statements. */
async function fill(dataSource: DataSource): Promise<void> {
  const numbers = Array.from({ length: SESSIONS }, (_, index) => index);
  const insert = async (entity: (typeof ENTITIES)[keyof typeof ENTITIES], rows: object[]): Promise<void> => {
    for (let start = 0; start < rows.length; start += 250) {
      await dataSource.getRepository<ObjectLiteral>(entity).insert(rows.slice(start, start + 250));
    }
  };
  await insert(
    ENTITIES.sessions,
    numbers.map((index) => ({
      ...sessionNumber(index),
      claims: '{}',
      instanceKey: INSTANCE_KEY,
      grantVersion: 1,
      loginRequired: false,
    })),
  );
  await insert(
    ENTITIES.transactions,
    numbers.map((index) => {
      const { transaction, ...row } = transactionNumber(index);
      return { ...row, instanceKey: INSTANCE_KEY, kind: transaction.kind, payload: 'sealed' };
    }),
  );
  await insert(
    ENTITIES.links,
    numbers.map((index) => {
      const link = linkNumber(index);
      return {
        ...link,
        instanceKey: INSTANCE_KEY,
        userKey: link.need.userKey,
        needKey: needKeyOf(link.need),
        status: link.state,
        payload: 'sealed',
        purgeAt: index < EXPIRED ? 1 : purgeTimeOf(link),
      };
    }),
  );
  await insert(
    ENTITIES.replays,
    numbers.map((index) => ({
      id: digest('replay', String(index)),
      expiresAt: index < EXPIRED ? 1 : Date.now() + HOUR,
    })),
  );
  const stores = storesOn(dataSource);
  const first = await insertSession(stores);
  for (const kind of ['apiAccessTokens', 'connectionTokens'] as const) {
    await storeToken(stores[kind], slotOf(first, 'first'));
    const template: object = await dataSource.getRepository(ENTITIES[kind]).findOneByOrFail({ owner: first.id });
    const rows = numbers.flatMap((index) =>
      Array.from({ length: TOKENS_EACH }, (_, label) => ({
        ...template,
        ...tokenRow(slotOf(sessionNumber(index), `c${label}`), index),
      })),
    );
    await insert(ENTITIES[kind], rows);
  }
  await analyze(dataSource);
}

function tokenRow({ owner, id: slot, userKey, sessionId }: Slot, index: number): object {
  const expiresAt = index >= SESSIONS - EXPIRED ? Date.now() - 1 : Date.now() + HOUR;
  return { owner, slot, userKey, sessionId, expiresAt, purgeAt: expiresAt };
}

/** Planners go by what they know of the rows. */
async function analyze(dataSource: DataSource): Promise<void> {
  if (dataSource.options.type !== 'mysql') return dataSource.query('ANALYZE');
  for (const entity of Object.values(ENTITIES)) {
    await dataSource.query(`ANALYZE TABLE ${dataSource.getMetadata(entity).tableName}`);
  }
}
