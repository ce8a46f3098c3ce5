import type { SessionReader, SessionWithTokens } from '../accounts/ports.js';
import { BoundedMap } from '../shared/bounded-map.js';
import type { Clock } from '../shared/clock.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import type { SessionChanges } from './session-changes.js';

/** Enough for the people who are active within a few seconds; the oldest entry goes first. */
const MOST_ENTRIES = 10_000;

interface Entry {
  readonly slots: readonly string[];
  readonly read: SessionWithTokens | undefined;
  readonly until: number;
}

/**
 * Remembers for a few seconds what a session's row said, tokens opened. What this process changes is seen at once; a
 * logout or a disconnect in another process only when the time is over. Off unless `sessionCacheSeconds` is set.
 */
export class CachedSessionReader implements SessionReader, SessionChanges {
  private readonly entries = new BoundedMap<string, Entry>(MOST_ENTRIES);
  /** Goes up with every change: what was read before it is not kept. */
  private changes = 0;

  constructor(
    private readonly reader: SessionReader,
    private readonly lifetimeMs: number,
    private readonly clock: Clock,
  ) {}

  read(sessionId: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    const now = this.clock.now();
    const entry = this.entries.get(sessionId);
    if (entry && entry.until > now && areSame(entry.slots, slots)) return entry.read;
    const until = now + this.lifetimeMs;
    const seen = this.changes;
    return andThen(this.reader.read(sessionId, slots), (read) =>
      seen === this.changes ? this.keep(sessionId, { slots, read, until }) : read,
    );
  }

  sessionChanged(sessionId: string): void {
    this.changes += 1;
    this.entries.delete(sessionId);
  }

  userChanged(): void {
    this.changes += 1;
    this.entries.clear();
  }

  private keep(sessionId: string, entry: Entry): SessionWithTokens | undefined {
    // An unknown session is not kept: its login may be under way.
    if (entry.read) this.entries.set(sessionId, share(entry));
    else this.entries.delete(sessionId);
    return entry.read;
  }
}

/** What several requests hold must not be changed by one of them; the claims themselves each session copies. */
function share(entry: Entry): Entry {
  for (const claim of Object.values(entry.read?.record.claims ?? {})) freeze(claim);
  return entry;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some === others || (some.length === others.length && some.every((slot, index) => slot === others[index]));
}
