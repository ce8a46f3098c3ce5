import { setTimeout as pause } from 'node:timers/promises';
import { isConflict } from './database-errors.js';

const MOST_ATTEMPTS = 6;
/** Doubled with each attempt; the actual wait is anything up to it, so that two do not meet again. */
const FIRST_WAIT_MS = 10;

/**
 * Repeats one statement that the database has undone because of another one: a deadlock, or a conflict on a cluster of
 * several primaries. Only for a statement that is a transaction by itself.
 */
export function repeated<Result>(statement: () => Promise<Result>): Promise<Result> {
  return statement().catch((error: unknown) => repeat(statement, error));
}

async function repeat<Result>(statement: () => Promise<Result>, first: unknown): Promise<Result> {
  let conflict = first;
  for (let attempt = 1; attempt < MOST_ATTEMPTS && isConflict(conflict); attempt += 1) {
    await pause(Math.random() * FIRST_WAIT_MS * 2 ** attempt);
    try {
      return await statement();
    } catch (error) {
      conflict = error;
    }
  }
  throw conflict;
}
