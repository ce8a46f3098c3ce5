import { inspect } from 'node:util';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { isConflict, isPassing, toStorageError } from './database-errors.js';

const driverError = (fields: object, message = 'what the driver says'): Error =>
  Object.assign(new Error(message), fields);

describe('an error of a database', () => {
  it.each([
    ['PostgreSQL refuses connections', { code: 'ECONNREFUSED' }],
    ['PostgreSQL shuts down', { code: '57P01' }],
    ['PostgreSQL starts', { code: '57P03' }],
    ['PostgreSQL is a standby', { code: '25006' }],
    ['PostgreSQL has too many connections', { code: '53300' }],
    ['PostgreSQL has lost a connection', { code: '08006' }],
    ['PostgreSQL has a conflict', { code: '40001' }],
    ['PostgreSQL has a deadlock', { code: '40P01' }],
    ['MariaDB is no part of its cluster', { code: 'ER_UNKNOWN_COM_ERROR', errno: 1047 }],
    ['MariaDB has too many connections', { code: 'ER_CON_COUNT_ERROR', errno: 1040 }],
    ['MariaDB waits too long for a lock', { code: 'ER_LOCK_WAIT_TIMEOUT', errno: 1205 }],
    ['MariaDB has a deadlock', { code: 'ER_LOCK_DEADLOCK', errno: 1213 }],
    ['MariaDB is gone', { code: 'PROTOCOL_CONNECTION_LOST', errno: -1 }],
    ['SQLite is locked', { code: 'SQLITE_BUSY' }],
    ['SQLite is read-only', { code: 'SQLITE_READONLY_DBMOVED' }],
    ['the disk is full', { code: 'SQLITE_FULL' }],
  ])('passes when %s', (_, fields) => {
    for (const error of [driverError(fields), new QueryFailedError('SELECT 1', [], driverError(fields))]) {
      expect(isPassing(error)).toBe(true);
      expect(toStorageError(error)).toMatchObject({ code: 'storage_unavailable', details: { retryAfterSeconds: 2 } });
    }
  });

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
    'Pool is closed.',
    'The database connection is not open',
  ])('passes when the driver says "%s" and gives no code', (message) => {
    expect(toStorageError(new Error(message)).code).toBe('storage_unavailable');
  });

  it.each([
    [{ code: '23505' }],
    [{ code: '42P01' }],
    [{ code: 'ER_NO_SUCH_TABLE', errno: 1146 }],
    [{ code: 'SQLITE_ERROR' }],
  ])('does not pass by itself: %o', (fields) => {
    expect(toStorageError(driverError(fields)).code).toBe('storage_failed');
  });

  it('is a conflict when the database has undone the statement because of another one', () => {
    for (const fields of [{ code: '40001' }, { code: '40P01' }, { errno: 1213, code: 'ER_LOCK_DEADLOCK' }]) {
      expect(isConflict(new QueryFailedError('UPDATE', [], driverError(fields)))).toBe(true);
    }
    for (const fields of [{ code: '57P01' }, { errno: 1205 }, {}]) expect(isConflict(driverError(fields))).toBe(false);
  });

  it('tells its code and neither the statement nor a value', () => {
    const values = { sql: 'INSERT a secret', parameters: ['a secret'], detail: 'Key (id)=(a secret)', code: '23505' };
    const error = new QueryFailedError('INSERT a secret', ['a secret'], driverError(values, "Duplicate 'a secret'"));
    const told = toStorageError(error);
    expect(inspect(told, { depth: Infinity, showHidden: true })).not.toContain('a secret');
    expect(JSON.stringify(told)).not.toContain('a secret');
    expect((told.cause as Error).message).toBe('QueryFailedError 23505');
  });
});
