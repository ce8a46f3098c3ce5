import type { LoginSession } from '../../session/login-session.js';

/** Somebody whom the tenant is to know from now on. */
export interface TestUser {
  /** `sub`, such as `auth0|alice`. */
  userId: string;
  /** Default: the part of `userId` after `|`. */
  name?: string;
  /** Default: that at example.com. */
  email?: string;
}

/** An account that is to be connected. */
export interface GivenAccount {
  /** The provider's access token that the application gets. Default: the tenant makes one. */
  token?: string;
  /** What was granted. Default: what the connection asks for by itself. */
  scopes?: string[];
  /** Which account of the user's at the provider. Default: the first. */
  email?: string;
}

/** A cookie as `browserContext.addCookies` of Playwright takes it. */
export interface TestCookie {
  /** As the application has named it. */
  name: string;
  /** What it holds. */
  value: string;
  /** Whose it is. */
  url: string;
  /** Always: no script reads it. */
  httpOnly: boolean;
  /** On https. */
  secure: boolean;
  /** As the application or the tenant sets it. */
  sameSite: 'Lax' | 'Strict' | 'None';
}

/** A person who is logged in. */
export interface TestPerson {
  /** The session, as the services take it. */
  session: LoginSession;
  /** For supertest's `.set()`, `app.inject({ headers })` and `fetch`. */
  headers: {
    /** The session's. */
    cookie: string;
  };
  /** For Playwright's `context.addCookies()`: of the application, and of the tenant, which shows no login page then. */
  cookies: TestCookie[];
}

/** A caller of the API. */
export interface TestCaller {
  /** An access token for the API that the module options name. */
  accessToken: string;
  /** For supertest's `.set()`, `app.inject({ headers })` and `fetch`. */
  headers: {
    /** `Bearer ...` */
    authorization: string;
  };
}
