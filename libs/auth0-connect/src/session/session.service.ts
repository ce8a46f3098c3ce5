import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { digest } from '../shared/digest.js';
import { isRandomToken } from '../shared/random.js';
import { userKeyOf } from './keys.js';
import { LoginSession } from './login-session.js';
import { SESSION_STORE, type SessionStore } from './ports.js';
import { SessionEnds } from './session-ends.js';
import { SessionLifecycle } from './session-lifecycle.js';

/** Every database takes so many parameters. */
const MOST_AT_ONCE = 1000;

/** Login sessions: found by what the cookie holds, listed and ended by user. */
@Injectable()
export class SessionService {
  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(SessionLifecycle) private readonly lifecycle: SessionLifecycle,
    @Inject(SessionEnds) private readonly ends: SessionEnds,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The live session of a session token, or undefined. Slides its expiry.
   * @param sessionToken what the session cookie holds
   */
  async findSession(sessionToken: string | undefined): Promise<LoginSession | undefined> {
    if (!isRandomToken(sessionToken)) return undefined;
    const record = await this.store.find(digest(sessionToken));
    return record && this.lifecycle.admit(record);
  }

  /**
   * A user's live sessions, the newest first.
   * @param userId `sub` of the user
   */
  async listSessions(userId: string): Promise<LoginSession[]> {
    const now = this.clock.now();
    const records = await Promise.all(this.userKeysOf(userId).map((userKey) => this.store.findByUser(userKey)));
    return records
      .flat()
      .filter((record) => record.expiresAt > now)
      .toSorted((a, b) => b.createdAt - a.createdAt)
      .map((record) => new LoginSession(record));
  }

  /**
   * Which of these sessions are still there, in one statement for a thousand: for whoever keeps something open for as long as a
   * session lives. It counts as no use of them.
   * @param ids `LoginSession.id` of each
   */
  async findLiveAmong(ids: readonly string[]): Promise<Set<string>> {
    const live = new Set<string>();
    for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
      const found = await this.store.findLiveAmong(ids.slice(start, start + MOST_AT_ONCE), this.clock.now());
      for (const id of found) live.add(id);
    }
    return live;
  }

  /**
   * Ends one session with everything that belongs to it.
   * @param id `LoginSession.id`
   * @returns false when there was none
   */
  async endSession(id: string): Promise<boolean> {
    return this.ends.end(id, 'ended_by_application');
  }

  /**
   * Ends all sessions of a user.
   * @param userId `sub` of the user
   * @returns how many there were
   */
  async endAllSessions(userId: string): Promise<number> {
    const userKeys = this.userKeysOf(userId);
    const ended = await Promise.all(userKeys.map((key) => this.ends.endOfUser(key, 'ended_by_application')));
    return ended.reduce((sum, count) => sum + count, 0);
  }

  /** A user is somebody at each domain of the tenant. */
  private userKeysOf(userId: string): string[] {
    return this.options.issuerOrigins.map((issuerOrigin) => userKeyOf(this.options, issuerOrigin, userId));
  }
}
