import { ApiCaller } from '../../resource-server/api-caller.js';
import { verifiedAccessToken } from '../../resource-server/verified-access-token.js';
import { LoginSession } from '../../session/login-session.js';
import type { UserClaims } from '../../session/user-claims.js';
import type { Credentials } from '../request/request-subject.js';

/** Of no user's rows: a stand-in acts for nobody at Auth0 and reads no stored token. */
const NOBODYS_KEY = 'stand-in';
const AN_HOUR_MS = 3_600_000;

/**
 * Whom a guard says it has let in that stands where one of ours was declared: `overrideGuard(SessionGuard)` in a test.
 * It says so as passport does, by claims in `request.user`.
 */
export function standInFor(user: unknown, credentials: Credentials, now: number): LoginSession | ApiCaller | undefined {
  if (user instanceof LoginSession || user instanceof ApiCaller) return user;
  if (!isClaims(user)) return undefined;
  const known = { issuerOrigin: '', userKey: NOBODYS_KEY, userId: user.sub, expiresAt: now + AN_HOUR_MS };
  if (credentials === 'token') return new ApiCaller(verifiedAccessToken({ ...known, scopes: [] }, { ...user }), '');
  const times = { createdAt: now, lastUsedAt: now, absoluteExpiresAt: known.expiresAt };
  return new LoginSession({ ...known, ...times, id: NOBODYS_KEY, claims: user });
}

/** Whether it is of nobody's row. */
export function isStandIn({ id }: LoginSession): boolean {
  return id === NOBODYS_KEY;
}

function isClaims(user: unknown): user is UserClaims {
  return typeof user === 'object' && user !== null && 'sub' in user && typeof user.sub === 'string';
}
