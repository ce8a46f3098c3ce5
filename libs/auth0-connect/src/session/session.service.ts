import { Inject, Injectable } from '@nestjs/common';
import { InvalidAuth0ResponseError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { digest } from '../shared/digest.js';
import { idTokenToKeep } from './id-token-hint.js';
import type { MaybePromise } from '../shared/maybe-promise.js';
import { isRandomToken, randomToken } from '../shared/random.js';
import { SingleFlight } from '../shared/single-flight.js';
import { LoginSession } from './login-session.js';
import type { UserClaims } from './user-claims.js';
import { SESSION_STORE, type SessionRecord, type SessionStore } from './ports.js';
import { sidKeyOf, userKeyOf } from './keys.js';

/** MySQL's TEXT holds 64 kB. */
const LARGEST_CLAIMS_BYTES = 60_000;

/** Login sessions: found by what the cookie holds, listed and ended by user. */
@Injectable()
export class SessionService {
  private readonly touches = new SingleFlight<void>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The live session of a session token (what the cookie holds), or undefined. Slides its expiry. */
  async findSession(sessionToken: string | undefined): Promise<LoginSession | undefined> {
    if (!isRandomToken(sessionToken)) return undefined;
    const record = await this.store.find(digest(sessionToken));
    return record && this.admit(record);
  }

  /** A user's live sessions, the newest first. @param userId `sub` of the user */
  async listSessions(userId: string): Promise<LoginSession[]> {
    const now = this.clock.now();
    const records = await Promise.all(this.userKeysOf(userId).map((userKey) => this.store.findByUser(userKey)));
    return records
      .flat()
      .filter((record) => record.expiresAt > now)
      .toSorted((a, b) => b.createdAt - a.createdAt)
      .map((record) => new LoginSession(record));
  }

  /** Ends one session with everything that belongs to it. @returns false when there was none */
  async endSession(id: string): Promise<boolean> {
    return this.store.delete(id);
  }

  /** Ends all sessions of a user. @param userId `sub` of the user @returns how many there were */
  async endAllSessions(userId: string): Promise<number> {
    const ended = await Promise.all(this.userKeysOf(userId).map((userKey) => this.store.deleteByUser(userKey)));
    return ended.reduce((sum, count) => sum + count, 0);
  }

  /** @internal Begins a session under a new random id. */
  async begin(login: {
    issuerOrigin: string;
    claims: Readonly<Record<string, unknown>>;
    refreshToken?: string;
    idToken: string;
    dpopKey?: string;
  }): Promise<{ session: LoginSession; sessionToken: string }> {
    const sessionToken = randomToken();
    const claims = aboutTheUser(login.claims);
    if (Buffer.byteLength(JSON.stringify(claims)) > LARGEST_CLAIMS_BYTES) {
      throw new InvalidAuth0ResponseError('login', 'the claims about the user are larger than 60 kB');
    }
    const { sid, iat, session_expiry: ceiling } = login.claims;
    const now = this.clock.now();
    const absoluteExpiresAt = Math.min(
      now + this.options.session.absoluteMs,
      typeof ceiling === 'number' && Number.isFinite(ceiling) ? ceiling * 1000 : Infinity,
    );
    const record: SessionRecord = {
      id: digest(sessionToken),
      issuerOrigin: login.issuerOrigin,
      userKey: userKeyOf(this.options, login.issuerOrigin, claims.sub),
      userId: claims.sub,
      claims,
      createdAt: begunAt(now, iat),
      lastUsedAt: now,
      expiresAt: Math.min(now + this.options.session.inactivityMs, absoluteExpiresAt),
      absoluteExpiresAt,
    };
    await this.store.insert({
      ...record,
      sidKey: typeof sid === 'string' ? sidKeyOf(this.options, login.issuerOrigin, sid) : undefined,
      refreshToken: login.refreshToken,
      idToken: idTokenToKeep(login.idToken),
      dpopKey: login.dpopKey,
    });
    await this.endSurplusSessions(record);
    return { session: new LoginSession(record), sessionToken };
  }

  /** @internal Ends the session of a session token. */
  async endByToken(sessionToken: string | undefined): Promise<void> {
    if (isRandomToken(sessionToken)) await this.store.delete(digest(sessionToken));
  }

  /** @internal A record just read, as a session that may be used; undefined when it is over. */
  admit(record: SessionRecord): MaybePromise<LoginSession | undefined> {
    const now = this.clock.now();
    if (record.expiresAt <= now) return this.store.deleteExpired(record.id, now).then(() => undefined);
    const session = new LoginSession(record);
    if (now - record.lastUsedAt < this.options.session.touchIntervalMs) return session;
    const expiresAt = Math.min(now + this.options.session.inactivityMs, record.absoluteExpiresAt);
    return this.touches.run(record.id, () => this.store.touch(record, now, expiresAt)).then(() => session);
  }

  /** A user is somebody at each domain of the tenant. */
  private userKeysOf(userId: string): string[] {
    return this.options.issuerOrigins.map((issuerOrigin) => userKeyOf(this.options, issuerOrigin, userId));
  }

  private async endSurplusSessions({ userKey, id }: SessionRecord): Promise<void> {
    const others = (await this.store.findByUser(userKey)).filter((session) => session.id !== id);
    for (const surplus of others.slice(this.options.session.maxPerUser - 1)) await this.store.delete(surplus.id);
  }
}

/** When a session began by Auth0's clock, as its logout tokens tell the time; ours adds the milliseconds. */
function begunAt(now: number, issuedAt: unknown): number {
  if (typeof issuedAt !== 'number' || !Number.isFinite(issuedAt)) return now;
  const second = Math.floor(issuedAt) * 1000;
  return Math.min(Math.max(now, second), second + 999);
}

/** Claims about the token and not about the user. */
const PROTOCOL_CLAIMS = new Set([
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'c_hash',
  'exp',
  'iat',
  'iss',
  'jti',
  'nbf',
  'nonce',
  's_hash',
  'session_expiry',
  'sid',
]);

function aboutTheUser(claims: Readonly<Record<string, unknown>>): UserClaims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !PROTOCOL_CLAIMS.has(name))) as UserClaims;
}
