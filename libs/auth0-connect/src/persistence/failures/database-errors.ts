import { Auth0ConnectError, StorageFailedError, StorageUnavailableError } from '../../errors/index.js';

/** Of Node and the drivers: no connection, or none any more. */
const CONNECTION_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_CLOSED',
]);

/** SQLSTATE: connection, shutdown, read-only, conflicts, resources, cancelled by a time limit, locked. */
const PASSING_SQLSTATE = /^(08\w{3}|57P0\w|57014|25006|40001|40P01|53\w{3}|55P03|58\w{3})$/;

/** MySQL and MariaDB: too many connections, shutdown, not ready, locks, read-only, full, killed, gone. */
const PASSING_ERRNO = new Set([
  1021, 1040, 1047, 1053, 1114, 1203, 1205, 1213, 1290, 1317, 1792, 1836, 1927, 1969, 2006, 2013,
]);

const PASSING_SQLITE = /^SQLITE_(BUSY|LOCKED|READONLY|FULL|IOERR|CANTOPEN|PROTOCOL)/;

/** What drivers and TypeORM say without a code when there is no connection. */
const CONNECTION_MESSAGE =
  /connection terminated|connection (is )?closed|not queryable|timeout exceeded|query read timeout|pool (is closed|after calling end)|connection is not open|not connected|no connection|Connection is not established|CannotExecuteNotConnected|already released/i;

/** After these the statement was not executed, and may be at once. */
const CONFLICTS = new Set<unknown>([1213, '40001', '40P01']);

/** What a driver's error says of itself, whichever driver it is. */
interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly constraint?: unknown;
  readonly driverError?: DriverError;
}

/** Whether the database has undone a statement because of another one: it is good to be repeated as it was. */
export function isConflict(error: unknown): boolean {
  const { code, errno } = driverErrorOf(error);
  return CONFLICTS.has(errno) || CONFLICTS.has(code);
}

/** Whether it passes by itself. */
export function isPassing(error: unknown): boolean {
  const { code, errno, message = '' } = driverErrorOf(error);
  if (typeof errno === 'number' && PASSING_ERRNO.has(errno)) return true;
  if (typeof code !== 'string') return CONNECTION_MESSAGE.test(message);
  return CONNECTION_CODES.has(code) || PASSING_SQLSTATE.test(code) || PASSING_SQLITE.test(code);
}

/** SQLSTATE and MySQL's: no such table, no such column. */
const SCHEMA_CODES = new Set<unknown>(['42P01', '42703', 1146, 1054]);

/** Whether a table or a column is not there. */
export function isAboutSchema(error: unknown): boolean {
  const { code, errno, message = '' } = driverErrorOf(error);
  return SCHEMA_CODES.has(code) || SCHEMA_CODES.has(errno) || /^no such (table|column)/i.test(message);
}

/** A driver's error without the statement, its parameters and the values that messages repeat. */
export function toStorageError(error: unknown): StorageUnavailableError | StorageFailedError {
  const cause = withoutValues(error);
  return isPassing(error) ? new StorageUnavailableError({ cause }) : new StorageFailedError({ cause });
}

/** Whether it came from a database, and not from our own code. */
export function isDatabaseError(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof Auth0ConnectError) return false;
  const { code, errno } = driverErrorOf(error);
  return typeof code === 'string' || typeof errno === 'number' || error.name === 'QueryFailedError' || isPassing(error);
}

function driverErrorOf(error: unknown): DriverError {
  const given = (error ?? {}) as DriverError;
  return given.driverError ?? given;
}

function withoutValues(error: unknown): Error {
  const { name = 'Error' } = (error ?? {}) as DriverError;
  const { code, errno, constraint } = driverErrorOf(error);
  const told = [code, errno, constraint].filter((part) => typeof part === 'string' || typeof part === 'number');
  return new Error([name, ...told].join(' '));
}
