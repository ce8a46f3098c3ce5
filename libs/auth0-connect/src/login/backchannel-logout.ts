import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { issuerOf } from '../issuer/issuer.js';
import { REPLAY_STORE, type ReplayStore } from '../ports/replay-store.js';
import { sidKeyOf, userKeyOf } from '../session/keys.js';
import { LogoutTokenVerifier, type LogoutNotice } from './logout-token.verifier.js';
import { SESSION_STORE, type SessionStore } from '../session/ports.js';

const TOKEN = 'logout-token';
const ENDED = 'ended-sid';

/** Ends sessions because Auth0 says so, without a browser. */
@Injectable()
export class BackchannelLogout {
  constructor(
    @Inject(LogoutTokenVerifier) private readonly tokens: LogoutTokenVerifier,
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(REPLAY_STORE) private readonly replays: ReplayStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** A token that was here before ends nothing more: somebody may have logged in again within its second. */
  async end(logoutToken: string): Promise<void> {
    const notice = await this.tokens.verify(logoutToken);
    const tokenId = `${issuerOf(notice.issuerOrigin)} ${notice.tokenId}`;
    if (await this.replays.has(TOKEN, tokenId)) return;
    await this.endSessions(notice);
    // Only now: had it failed before, Auth0 would send the token again, and it has to work then.
    await this.replays.remember(TOKEN, tokenId, notice.expiresAt);
  }

  /**
   * Whether Auth0 has ended its session of a login that just began: while the login was under way, it had no row here that
   * could have been removed.
   */
  async hasEnded(issuerOrigin: string, sid: string): Promise<boolean> {
    return this.replays.has(ENDED, sidKeyOf(this.options, issuerOrigin, sid));
  }

  private async endSessions({
    issuerOrigin,
    target: who,
    issuedAt,
    expiresAt: refusedFrom,
  }: LogoutNotice): Promise<void> {
    // `iat` is in whole seconds: what was begun within that second was begun before.
    const createdUntil = issuedAt * 1000 + 999;
    if ('userId' in who) {
      await this.store.deleteByUser(userKeyOf(this.options, issuerOrigin, who.userId), createdUntil);
      return;
    }
    const sidKey = sidKeyOf(this.options, issuerOrigin, who.sid);
    // First: a login under way looks for this after it has stored its row, which is gone or sees this.
    await this.replays.remember(ENDED, sidKey, refusedFrom);
    await this.store.deleteBySid(sidKey, createdUntil);
  }
}
