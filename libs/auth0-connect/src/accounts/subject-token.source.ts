import { Inject, Injectable } from '@nestjs/common';
import {
  Auth0RefusedError,
  InvalidAccessTokenError,
  LoginRequiredError,
  MissingRefreshTokenError,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { ApiCaller } from '../resource-server/api-caller.js';
import type { LoginSession } from '../session/login-session.js';
import { RefreshTokens } from '../session/refresh-tokens.js';
import { BackgroundSessions } from './background-sessions.js';
import type { ProviderToken, SubjectToken } from './ports.js';
import { BackgroundUser, type TokenSubject } from './subject.js';

/** What an exchange does with the token that proves on whose behalf it is. */
type Exchange = (issuerOrigin: string, subjectToken: SubjectToken) => Promise<ProviderToken>;

/** Presents a subject's own token to Token Vault. */
@Injectable()
export class SubjectTokenSource {
  constructor(
    @Inject(RefreshTokens) private readonly grants: RefreshTokens,
    @Inject(BackgroundSessions) private readonly sessions: BackgroundSessions,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * @param scopes what the provider's token must be good for
   * @throws LoginRequiredError, InvalidAccessTokenError when Auth0 no longer takes the subject's token
   */
  async present(subject: TokenSubject, scopes: readonly string[], exchange: Exchange): Promise<ProviderToken> {
    if (subject instanceof ApiCaller) return this.presentAccessToken(subject, exchange);
    if (!(subject instanceof BackgroundUser)) return this.presentRefreshToken(subject, exchange);
    if (!this.options.worker) return this.presentNewest(subject, exchange);
    const { issuerOrigin, userId, orgId } = subject;
    return exchange(issuerOrigin, { type: 'worker', userId, orgId, scopes });
  }

  private async presentRefreshToken(session: LoginSession, exchange: Exchange): Promise<ProviderToken> {
    for (let refused: number | undefined; ;) {
      const { refreshToken, version, dpopKey } = await this.grants.read(session);
      try {
        return await exchange(session.record.issuerOrigin, { type: 'refresh_token', value: refreshToken, dpopKey });
      } catch (error) {
        if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
        // A refresh may have rotated the token while this exchange was under way: look once more.
        if (refused !== undefined && refused === version) {
          await this.grants.refused(session, version);
          throw new LoginRequiredError('Auth0 ended this login. Log in again', { cause: error });
        }
        refused = version;
      }
    }
  }

  private async presentAccessToken(caller: ApiCaller, exchange: Exchange): Promise<ProviderToken> {
    try {
      return await exchange(caller.issuerOrigin, { type: 'access_token', value: caller.accessToken });
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
      throw new InvalidAccessTokenError('Auth0 does not exchange it', { cause: error });
    }
  }

  /** The newest session whose refresh token Auth0 still takes. */
  private async presentNewest(user: BackgroundUser, exchange: Exchange): Promise<ProviderToken> {
    let cause: unknown;
    for (const session of await this.sessions.of(user)) {
      try {
        return await this.presentRefreshToken(session, exchange);
      } catch (error) {
        if (!(error instanceof LoginRequiredError) && !(error instanceof MissingRefreshTokenError)) throw error;
        cause ??= error;
      }
    }
    throw new LoginRequiredError('No session of this user has a refresh token that Auth0 takes. They have to log in', {
      cause,
    });
  }
}
