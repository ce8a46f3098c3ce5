import { SessionService, type LoginSession } from 'nestjs-auth0-connect';
import type { TestApp } from './test-app.js';

/** The newest session of a user. */
export async function sessionOf(test: TestApp, userId: string): Promise<LoginSession> {
  const [session] = await test.app.get(SessionService).listSessions(userId);
  if (!session) throw new Error(`${userId} has no session`);
  return session;
}
