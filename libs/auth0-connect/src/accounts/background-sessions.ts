import { Inject, Injectable } from '@nestjs/common';
import { LoginSession } from '../session/login-session.js';
import { SESSION_STORE, type SessionStore } from '../session/ports.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import type { BackgroundUser } from './subject.js';

/** The sessions by which work for a user is done while the user is away. */
@Injectable()
export class BackgroundSessions {
  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Those that are live, the newest first. A login at one organization does no work for another, or for none. */
  async of({ userKey, orgId }: BackgroundUser): Promise<LoginSession[]> {
    const now = this.clock.now();
    const records = await this.store.findByUser(userKey);
    return records
      .filter((record) => record.expiresAt > now)
      .map((record) => new LoginSession(record))
      .filter((session) => session.user.org_id === orgId);
  }
}
