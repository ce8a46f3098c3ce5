import { Happening, Question } from '../events/happening.js';
import type { LoginSession } from '../session/login-session.js';
import type { UserClaims } from '../session/user-claims.js';
import type { JsonValue } from '../transactions/transaction.js';

/** How somebody has logged in: in a browser, by approval on a device of their own (CIBA), by custom token exchange. */
export type LoginMethod = 'interactive' | 'backchannel' | 'token_exchange';

/** A login that Auth0 has confirmed, before there is a session. */
export interface BeginningSession {
  /** `sub` of the user. */
  readonly userId: string;
  /** The claims about the user. */
  readonly user: UserClaims;
  /** The organization the user has logged in to, `org_...`. */
  readonly orgId?: string;
  /** The Auth0 domain of the login, an origin. */
  readonly domain: string;
  /** How the user has logged in. */
  readonly method: LoginMethod;
  /** What was given when the login was started; with `interactive` only. */
  readonly appState?: JsonValue;
}

/** A login that is done. */
export interface CompletedSession {
  /** Who has logged in. */
  readonly session: LoginSession;
  /** How. */
  readonly method: LoginMethod;
  /** What was given when the login was started; with `interactive` only. */
  readonly appState?: JsonValue;
}

/** Asked before a session begins: the place for the application's own row of the user, and for a refusal. */
export interface BeforeSessionBegins {
  /**
   * Before anything of the session is stored. Whatever it throws ends the login: there is no session and no cookie then.
   * `LoginRefusedError` says so on purpose, and anything else is a `callback_failed`.
   */
  beforeSessionBegins(login: BeginningSession): unknown;
}

/** Told after a login of any kind. */
export interface AfterLogin {
  /** Once the session is stored, and before its browser has the cookie. What it throws is logged. */
  afterLogin(login: CompletedSession): unknown;
}

export const BEFORE_SESSION_BEGINS = new Question<BeginningSession>('beforeSessionBegins');
export const SESSION_BEGUN = new Happening<CompletedSession>('afterLogin', 'session.begun');
