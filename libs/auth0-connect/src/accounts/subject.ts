import type { LoginSession } from '../session/login-session.js';

/** On whose behalf a call runs. */
export type Subject = LoginSession;
