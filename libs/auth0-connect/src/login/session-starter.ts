import { Inject, Injectable } from '@nestjs/common';
import { LoginRequiredError, OrganizationMismatchError } from '../errors/index.js';
import { isForOrganization } from '../shared/organization.js';
import { OPERATOR, type Operator } from '../ports/operator.js';
import { parseScopes } from '../shared/scopes.js';
import { Hooks } from '../events/hooks.js';
import { ApiAccessTokens } from '../session/api-access-tokens.js';
import { BackchannelLogout } from './backchannel-logout.js';
import { LoginSession } from '../session/login-session.js';
import { SESSION_STORE, type SessionRecord, type SessionStore } from '../session/ports.js';
import { SessionLifecycle } from '../session/session-lifecycle.js';
import type { JsonValue } from '../transactions/transaction.js';
import { BEFORE_SESSION_BEGINS, SESSION_BEGUN, type LoginMethod } from './login-events.js';
import type { LoginResponse } from './ports.js';

/** A session that has just begun. */
export interface StartedSession {
  /** Who has logged in. */
  session: LoginSession;
  /** Put this in the session cookie, or keep it as a secret: it is stored nowhere else. */
  sessionToken: string;
}

/** What is known of a login besides Auth0's answer. */
interface Login {
  issuerOrigin: string;
  audience?: string;
  scope: string;
  /** Id or name of the organization that was asked for. */
  organization?: string;
  /** How long ago it was begun, in milliseconds. */
  tookMs?: number;
  method: LoginMethod;
  appState?: JsonValue;
}

/**
 * The end of every login, whatever its kind: checks who came, asks the application, begins the session, ends the one
 * that it takes the place of.
 */
@Injectable()
export class SessionStarter {
  constructor(
    @Inject(SessionLifecycle) private readonly lifecycle: SessionLifecycle,
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(ApiAccessTokens) private readonly apiAccessTokens: ApiAccessTokens,
    @Inject(BackchannelLogout) private readonly backchannelLogout: BackchannelLogout,
    @Inject(Hooks) private readonly hooks: Hooks,
    @Inject(OPERATOR) private readonly operator: Operator,
  ) {}

  /**
   * @param browser the session token of the browser's session so far: it ends when the new one is there
   * @throws OrganizationMismatchError, LoginRequiredError when Auth0 ended its session meanwhile
   * @throws what a hook of the application throws before there is a session
   */
  async begin(login: Login, response: LoginResponse, browser: { replacing?: string } = {}): Promise<StartedSession> {
    if (login.organization !== undefined && !isForOrganization(response.claims, login.organization)) {
      throw new OrganizationMismatchError();
    }
    const started = await this.begun(login, response);
    try {
      await this.assertStillAlive(started.session, { sid: response.claims.sid, tookMs: login.tookMs });
      const request = { audience: login.audience, scopes: parseScopes(login.scope) };
      await this.apiAccessTokens.remember(started.session, request, response);
      await this.lifecycle.endReplaced(browser.replacing);
      await this.lifecycle.keep(started.session);
    } catch (error) {
      // Nobody will ever hold its token.
      await this.store.delete(started.session.id);
      throw error;
    }
    const { method, appState } = login;
    await this.hooks.tell(SESSION_BEGUN, { session: started.session, method, appState });
    return started;
  }

  private async begun(login: Login, response: LoginResponse): ReturnType<SessionLifecycle['begin']> {
    const { issuerOrigin } = login;
    try {
      return await this.lifecycle.begin({ issuerOrigin, ...response }, (record) => this.approve(record, login));
    } catch (error) {
      this.operator.about(error, issuerOrigin);
      throw error;
    }
  }

  private approve(record: SessionRecord, { method, appState }: Login): Promise<void> {
    const { userId, user, orgId } = new LoginSession(record);
    return this.hooks.ask(BEFORE_SESSION_BEGINS, {
      userId,
      user,
      orgId,
      domain: record.issuerOrigin,
      method,
      appState,
    });
  }

  private async assertStillAlive(
    { record }: LoginSession,
    { sid, tookMs = 0 }: { sid: unknown; tookMs?: number },
  ): Promise<void> {
    if (await this.backchannelLogout.hasEnded(record, { sid: typeof sid === 'string' ? sid : undefined, tookMs })) {
      throw new LoginRequiredError('Auth0 ended this login while it was under way. Log in again');
    }
  }
}
