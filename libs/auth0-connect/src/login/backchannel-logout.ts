import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { issuerOf } from '../issuer/issuer.js';
import { REPLAY_STORE, type ReplayStore } from '../ports/replay-store.js';
import { sidKeyOf, userKeyOf } from '../session/keys.js';
import { LOGOUT_TOKEN_LIFETIME_MS, LogoutTokenVerifier, type LogoutNotice } from './logout-token.verifier.js';
import type { SessionRecord } from '../session/ports.js';
import { SessionEnds } from '../session/session-ends.js';

const TOKEN = 'logout-token';
const ENDED = 'ended-sid';
const ENDED_USER = 'ended-user';

/** Ends sessions because Auth0 says so, without a browser. */
@Injectable()
export class BackchannelLogout {
  constructor(
    @Inject(LogoutTokenVerifier) private readonly tokens: LogoutTokenVerifier,
    @Inject(SessionEnds) private readonly ends: SessionEnds,
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
   * Whether Auth0 has ended a session that just began, by its own id or by its user: while the login was under way, it had
   * no row here that could have been removed. By its user it is ended where the login began before: whether Auth0 knew the
   * person then from a session that has ended, it does not say.
   * @param login Auth0's id of its session, and for how long the login was under way
   */
  async hasEnded(
    { issuerOrigin, userKey, createdAt }: SessionRecord,
    { sid, tookMs }: { sid: string | undefined; tookMs: number },
  ): Promise<boolean> {
    if (sid !== undefined && (await this.replays.has(ENDED, sidKeyOf(this.options, issuerOrigin, sid)))) return true;
    const rememberedUntil = await this.replays.rememberedUntil(ENDED_USER, userKey);
    if (rememberedUntil === undefined) return false;
    // By Auth0's clock, as the session's own beginning; ours tells how long it took, and never that it was later.
    const begunAt = createdAt - Math.max(0, tookMs);
    return begunAt <= endOfSecond(rememberedUntil - LOGOUT_TOKEN_LIFETIME_MS);
  }

  private async endSessions({ issuerOrigin, target, issuedAt, expiresAt }: LogoutNotice): Promise<void> {
    const createdUntil = endOfSecond(issuedAt * 1000);
    // It is remembered first: a login under way looks for it after it has stored its row, which is gone or sees it.
    if ('userId' in target) {
      const userKey = userKeyOf(this.options, issuerOrigin, target.userId);
      await this.replays.rememberUntil(ENDED_USER, userKey, expiresAt);
      await this.ends.endOfUser(userKey, 'backchannel_logout', createdUntil);
      return;
    }
    const sidKey = sidKeyOf(this.options, issuerOrigin, target.sid);
    await this.replays.remember(ENDED, sidKey, expiresAt);
    await this.ends.endOfSid(sidKey, 'backchannel_logout', createdUntil);
  }
}

/** `iat` is in whole seconds: what was begun within that second was begun before. */
function endOfSecond(second: number): number {
  return second + 999;
}
