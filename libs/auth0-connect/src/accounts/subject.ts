import type { LoginSession } from '../session/login-session.js';
import type { TokenSlot } from '../tokens/ports.js';

/** On whose behalf a call runs. */
export type Subject = LoginSession;

/** Whose rows a subject's tokens are. */
export function keysOf(subject: Subject): Pick<TokenSlot, 'owner' | 'userKey' | 'sessionId'> {
  return { owner: subject.id, userKey: subject.record.userKey, sessionId: subject.id };
}
