import type { LoginSession } from 'nestjs-auth0-connect';

/** A login of the person as the accounts page shows it. */
export interface SessionRow {
  id: string;
  /** ISO 8601. */
  since: string;
  /** ISO 8601. */
  until: string;
  isThisOne: boolean;
}

export function sessionsView(sessions: readonly LoginSession[], current: LoginSession): SessionRow[] {
  return sessions.map(({ id, createdAt, expiresAt }) => ({
    id,
    since: createdAt.toISOString(),
    until: expiresAt.toISOString(),
    isThisOne: id === current.id,
  }));
}
