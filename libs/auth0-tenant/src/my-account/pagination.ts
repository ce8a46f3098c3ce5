import type { Context } from '../http/context.js';
import { badQuery, queryValue } from './request.js';

const DEFAULT_TAKE = 10;
const MAX_TAKE = 20;

/** One page of a list, and the cursor of the next one. */
export interface Page<T> {
  items: T[];
  next?: string;
}

/** Cuts the page that `take` and `from` ask for; `ordinalOf` has to rise along the list. */
export function paginate<T>(ctx: Context, list: T[], ordinalOf: (item: T) => number): Page<T> {
  const take = readTake(queryValue(ctx, 'take'));
  const after = readCursor(queryValue(ctx, 'from'));
  const rest = list.filter((item) => ordinalOf(item) > after);
  const items = rest.slice(0, take);
  return rest.length > take ? { items, next: cursor(ordinalOf(items.at(-1)!)) } : { items };
}

function readTake(value: string | undefined): number {
  if (value === undefined) return DEFAULT_TAKE;
  const take = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (take < 1 || take > MAX_TAKE) throw badQuery('take', `must be an integer from 1 to ${MAX_TAKE}`);
  return take;
}

function cursor(ordinal: number): string {
  return Buffer.from(`after:${ordinal}`).toString('base64url');
}

function readCursor(value: string | undefined): number {
  if (value === undefined) return -Infinity;
  const ordinal = /^after:(\d+)$/.exec(Buffer.from(value, 'base64url').toString())?.[1];
  if (ordinal === undefined) throw badQuery('from', 'is not a cursor of this list');
  return Number(ordinal);
}
