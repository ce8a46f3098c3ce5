import { Inject, Injectable } from '@nestjs/common';
import { Hooks } from '../events/hooks.js';
import { SESSION_ENDED, type SessionEndReason } from '../events/session-ended.js';
import { SESSION_STORE, type RemovedSession, type SessionStore } from './ports.js';

/** Ends sessions, and tells why. */
@Injectable()
export class SessionEnds {
  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(Hooks) private readonly hooks: Hooks,
  ) {}

  /** @returns false when there was none */
  async end(id: string, reason: SessionEndReason): Promise<boolean> {
    const removed = await this.store.delete(id);
    if (removed) await this.tell([removed], reason);
    return removed !== undefined;
  }

  /** @param createdUntil milliseconds since the epoch: one that was begun later survives @returns how many there were */
  async endOfUser(userKey: string, reason: SessionEndReason, createdUntil?: number): Promise<number> {
    const { count, sessions } = await this.store.deleteByUser(userKey, createdUntil);
    await this.tell(sessions, reason);
    return count;
  }

  /** Those under one of Auth0's sessions. */
  async endOfSid(sidKey: string, reason: SessionEndReason, createdUntil: number): Promise<void> {
    const { sessions } = await this.store.deleteBySid(sidKey, createdUntil);
    await this.tell(sessions, reason);
  }

  /** One whose refresh token of this version Auth0 has refused. */
  async endRefused(id: string, seenVersion: number): Promise<void> {
    const removed = await this.store.deleteRefused(id, seenVersion);
    if (removed) await this.tell([removed], 'refused');
  }

  private async tell(sessions: readonly RemovedSession[], reason: SessionEndReason): Promise<void> {
    for (const { id: sessionId, userId, issuerOrigin: domain } of sessions) {
      await this.hooks.tell(SESSION_ENDED, { sessionId, userId, domain, reason });
    }
  }
}
