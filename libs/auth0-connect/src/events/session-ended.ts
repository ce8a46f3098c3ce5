import { Happening } from './happening.js';

/**
 * Why a session has ended: `logout`; `backchannel_logout` by Auth0; `replaced` by another login in the same browser;
 * `too_many` sessions of this user (`session.maxPerUser`); `expired` by inactivity or its limit, told when its row is purged;
 * `refused` where Auth0 takes its refresh token no more; `ended_by_application` through `SessionService`.
 */
export type SessionEndReason =
  'logout' | 'backchannel_logout' | 'replaced' | 'too_many' | 'expired' | 'refused' | 'ended_by_application';

/** A session that is there no more. */
export interface EndedSession {
  /** `LoginSession.id` */
  readonly sessionId: string;
  /** `sub` of the user. */
  readonly userId: string;
  /** The Auth0 domain that it was begun at, an origin. */
  readonly domain: string;
  /** Why. */
  readonly reason: SessionEndReason;
}

/** Told when a session has ended, whatever has ended it. */
export interface OnSessionEnded {
  /** Once the session is gone. What it throws is logged. */
  onSessionEnded(session: EndedSession): unknown;
}

export const SESSION_ENDED = new Happening<EndedSession>('onSessionEnded', 'session.ended');
