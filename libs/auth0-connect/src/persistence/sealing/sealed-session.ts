import type { SessionRecord } from '../../session/ports.js';
import type { UserClaims } from '../../session/user-claims.js';

/**
 * What a row says of its session under seal, so that nobody makes or changes it without `secret`. The columns beside it
 * are what rows are found by: nothing of them is believed.
 */
interface SealedSession {
  readonly instanceKey: string;
  readonly issuerOrigin: string;
  readonly userKey: string;
  readonly claims: UserClaims;
  readonly createdAt: number;
  readonly absoluteExpiresAt: number;
}

/** The columns that a touch changes, and that are not sealed. */
export type SlidingTimes = Pick<SessionRecord, 'lastUsedAt' | 'expiresAt'>;

/** The text to be sealed. */
export function toSealedSession(
  { issuerOrigin, userKey, claims, createdAt, absoluteExpiresAt }: SessionRecord,
  instanceKey: string,
): string {
  const sealed: SealedSession = { instanceKey, issuerOrigin, userKey, claims, createdAt, absoluteExpiresAt };
  return JSON.stringify(sealed);
}

/** @param json what was sealed for this id @returns undefined for a session of another module instance */
export function fromSealedSession(
  id: string,
  json: string,
  instanceKey: string,
  { lastUsedAt, expiresAt }: SlidingTimes,
): SessionRecord | undefined {
  const { instanceKey: ofInstance, ...session } = JSON.parse(json) as SealedSession;
  if (ofInstance !== instanceKey) return undefined;
  return {
    id,
    ...session,
    userId: session.claims.sub,
    lastUsedAt,
    expiresAt: Math.min(expiresAt, session.absoluteExpiresAt),
  };
}
