import type { SessionReader, SessionWithTokens } from '../accounts/ports.js';
import type { Clock } from '../shared/clock.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import type { SessionChanges } from './session-changes.js';

/** Enough for the people who are active within a few seconds; the oldest entry goes first. */
const MOST_ENTRIES = 10_000;

interface Entry {
  readonly slots: string;
  readonly read: SessionWithTokens | undefined;
  readonly until: number;
}

/**
 * Remembers for a few seconds what a session's row said, tokens opened. What this process changes is seen at once; a
 * logout or a disconnect in another process only when the time is over. Off unless `sessionCacheSeconds` is set.
 */
export class CachedSessionReader implements SessionReader, SessionChanges {
  private readonly entries = new Map<string, Entry>();
  /** Goes up with every change: what was read before it is not kept. */
  private changes = 0;

  constructor(
    private readonly reader: SessionReader,
    private readonly lifetimeMs: number,
    private readonly clock: Clock,
  ) {}

  read(sessionId: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    const wanted = slots.join();
    const entry = this.entries.get(sessionId);
    if (entry && entry.slots === wanted && entry.until > this.clock.now()) return entry.read;
    const until = this.clock.now() + this.lifetimeMs;
    const seen = this.changes;
    return andThen(this.reader.read(sessionId, slots), (read) =>
      seen === this.changes ? this.keep(sessionId, { slots: wanted, read, until }) : read,
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
    this.entries.delete(sessionId);
    // An unknown session is not kept: its login may be under way.
    if (entry.read) this.entries.set(sessionId, entry);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= MOST_ENTRIES) break;
      this.entries.delete(oldest);
    }
    return entry.read;
  }
}
