import { Inject, Injectable, Logger } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { CipherUnavailableError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { siteFor } from '../options/site.js';
import { safeReturnTo } from '../shared/app-urls.js';
import { checkDomain } from './login-request.js';
import type { LoginSession } from '../session/login-session.js';
import { SESSION_STORE, type SessionCredentials, type SessionStore } from '../session/ports.js';
import { SessionEnds } from '../session/session-ends.js';
import { AUTHORIZATION_SERVER, type AuthorizationServer } from './ports.js';

/**
 * How to end one session.
 * @see https://openid.net/specs/openid-connect-rpinitiated-1_0.html
 */
export interface LogoutCallOptions {
  /** A path of the application, or an address at a trusted origin or of `logout.allowedReturnTo`. Default: the application's root. */
  returnTo?: string;
  /** Which of the addresses of the option `appBaseUrl` the browser is at. Default: the first. */
  appBaseUrl?: string;
  /** Logs out at the identity provider as well. Default: as `logout.federated` says. */
  federated?: boolean;
  /** Where Auth0's own session is, for somebody without a session here: one of the allowed domains. Default: the first. */
  domain?: string;
}

/** What is left to do for a logout. */
export interface LogoutResult {
  /** Send the browser there: it ends Auth0's own session. */
  logoutUrl: string;
}

/** The end of a session, here and at Auth0. */
@Injectable()
export class Logout {
  private readonly logger = new Logger('Auth0Connect');

  constructor(
    @Inject(AUTHORIZATION_SERVER) private readonly auth0: AuthorizationServer,
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(SessionEnds) private readonly ends: SessionEnds,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Whatever happens at Auth0, the session has ended here. */
  async end(session: LoginSession | undefined, options: LogoutCallOptions): Promise<LogoutResult> {
    const returnTo = this.returnTo(options);
    const issuerOrigin = session?.record.issuerOrigin ?? checkDomain(options.domain, this.options);
    const grant = session && (await this.credentialsOf(session));
    if (session) await this.ends.end(session.id, 'logout');
    const federated = options.federated ?? this.options.logout.federated;
    const [logoutUrl] = await Promise.all([
      this.logoutUrl({ issuerOrigin, returnTo, federated, ...hintsOf(grant?.idToken) }),
      this.revoke(issuerOrigin, grant?.refreshToken),
    ]);
    return { logoutUrl };
  }

  /** They only help Auth0: where the cipher does not answer, the session ends all the same. */
  private async credentialsOf({ id }: LoginSession): Promise<SessionCredentials | undefined> {
    try {
      return await this.store.readCredentials(id);
    } catch (error) {
      if (!(error instanceof CipherUnavailableError)) throw error;
      this.logger.warn(`Logged out without an ID token hint, and nothing was revoked: ${error.code}`);
      return undefined;
    }
  }

  /** An absolute URL: Auth0 compares it with its list. @throws InvalidReturnToError */
  private returnTo({ returnTo: given, appBaseUrl }: LogoutCallOptions): string {
    const site = siteFor(this.options, appBaseUrl);
    // In that list the application's root has no slash.
    if (given === undefined) return site.appBaseUrl;
    if (this.options.logout.allowedReturnTo.includes(given)) return given;
    return new URL(safeReturnTo(given, site), site.appBaseUrl).href;
  }

  private async logoutUrl(request: Parameters<AuthorizationServer['logoutUrl']>[0]): Promise<string> {
    try {
      return await this.auth0.logoutUrl(request);
    } catch (error) {
      this.logger.warn(`Logged out here only: ${reasonOf(error)}`);
      return request.returnTo;
    }
  }

  private async revoke(issuerOrigin: string, refreshToken: string | undefined): Promise<void> {
    if (!this.options.logout.revokeRefreshToken || refreshToken === undefined) return;
    try {
      await this.auth0.revoke({ issuerOrigin, refreshToken });
    } catch (error) {
      this.logger.warn(`The refresh token of a session that ended was not revoked: ${reasonOf(error)}`);
    }
  }
}

/** Both tell Auth0 which of its sessions it is: one may be too old to be believed, the other unknown to the tenant. */
function hintsOf(idToken: string | undefined): { idTokenHint?: string; logoutHint?: string } {
  if (idToken === undefined) return {};
  const { sid } = decodeJwt(idToken);
  return { idTokenHint: idToken, ...(typeof sid === 'string' && { logoutHint: sid }) };
}

/** Messages of our errors hold nothing of what was sent or answered. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}
