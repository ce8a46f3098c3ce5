import type { SessionReader, SessionWithTokens } from '../../accounts/ports.js';
import type { Clock } from '../../ports/clock.js';
import { deepFreeze } from '../../shared/deep-freeze.js';
import { hideFromLogs } from '../../shared/hide-from-logs.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import type { SessionChanges } from './session-changes.js';

/** Enough for the people who are active within a few seconds; the oldest entry goes first. */
const MOST_ENTRIES = 10_000;

interface Entry {
  readonly slots: readonly string[];
  readonly read: SessionWithTokens;
  readonly until: number;
}

/**
 * Remembers for a few seconds what a session's row said, tokens opened. What this process changes is seen at once; a
 * logout or a disconnect in another process only when the time is over. Off unless `sessionCacheSeconds` is set.
 */
export class CachedSessionReader implements SessionReader, SessionChanges {
  /** By session token, whose digest would cost as much as all the rest; in the order of their time. */
  private readonly entries = new Map<string, Entry>();
  /** By session id. */
  private readonly sessionTokens = new Map<string, string>();
  /** Goes up with every change: what was read before it is not kept. */
  private changes = 0;

  constructor(
    private readonly reader: SessionReader,
    private readonly lifetimeMs: number,
    private readonly clock: Clock,
  ) {
    hideFromLogs(this);
  }

  read(sessionToken: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    const now = this.clock.now();
    const entry = this.entries.get(sessionToken);
    if (entry && entry.until > now && areSame(entry.slots, slots)) return entry.read;
    const until = now + this.lifetimeMs;
    const seen = this.changes;
    return andThen(this.reader.read(sessionToken, slots), (read) => {
      if (seen === this.changes) this.keep(sessionToken, read && { slots, read: share(read), until });
      return read;
    });
  }

  sessionChanged(sessionId: string): void {
    this.changes += 1;
    const sessionToken = this.sessionTokens.get(sessionId);
    if (sessionToken !== undefined) this.forget(sessionToken);
  }

  userChanged(): void {
    this.changes += 1;
    this.entries.clear();
    this.sessionTokens.clear();
  }

  /** @param entry undefined for an unknown session, which is not kept: its login may be under way */
  private keep(sessionToken: string, entry: Entry | undefined): void {
    this.forget(sessionToken);
    if (!entry) return;
    this.makeRoom();
    // A part of a string holds on to all of it, here to every cookie of the request.
    const copy = Buffer.from(sessionToken).toString();
    this.entries.set(copy, entry);
    this.sessionTokens.set(entry.read.record.id, copy);
  }

  /** What is over goes first: no token stays in memory for longer than new ones take to come. */
  private makeRoom(): void {
    const now = this.clock.now();
    for (const [sessionToken, { until }] of this.entries) {
      if (until > now && this.entries.size < MOST_ENTRIES) return;
      this.forget(sessionToken);
    }
  }

  private forget(sessionToken: string): void {
    const entry = this.entries.get(sessionToken);
    if (!entry) return;
    this.entries.delete(sessionToken);
    this.sessionTokens.delete(entry.read.record.id);
  }
}

/** The claims themselves each session copies. */
function share(read: SessionWithTokens): SessionWithTokens {
  for (const claim of Object.values(read.record.claims)) deepFreeze(claim);
  return read;
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some === others || (some.length === others.length && some.every((slot, index) => slot === others[index]));
}
