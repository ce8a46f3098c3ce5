import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  Auth0ConnectError,
  InvalidAuth0ResponseError,
  LoginRequiredError,
  SessionExpiryPassedError,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, TICKS, type Clock, type Ticks } from '../ports/clock.js';
import { digest } from '../shared/digest.js';
import { isIdentifier } from '../shared/identifier.js';
import { isRandomToken, randomToken } from '../shared/random.js';
import { SingleFlight } from '../shared/single-flight.js';
import { wholeSeconds } from '../shared/whole-seconds.js';
import { idTokenToKeep } from './id-token-hint.js';
import { sidKeyOf, userKeyOf } from './keys.js';
import { LoginSession } from './login-session.js';
import { SESSION_STORE, type SessionRecord, type SessionStore } from './ports.js';
import { SessionEnds } from './session-ends.js';
import { aboutTheUser, fitsRow } from './user-claims.js';
import { ONCE } from '../shared/once-a-minute.js';

/** Of the row of a login that does not come to its end, because its process is killed. */
const UNFINISHED_MS = 10 * 60_000;
/** After one that failed: each request would meet the same. */
const TOUCH_AGAIN_AFTER_MS = 5_000;
const SAY_AGAIN_AFTER_MS = 60_000;

/** What a login has given, checked. */
export interface NewLogin {
  /** The Auth0 domain of the login, an origin. */
  readonly issuerOrigin: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly refreshToken?: string;
  readonly idToken: string;
  readonly dpopKey?: string;
}

/** A session from its beginning to its end: begun by a login, moved on by each use, ended by the next login. */
@Injectable()
export class SessionLifecycle implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth0Connect');
  private readonly touches = new SingleFlight<void>();
  private touchAgainAt = Number.NEGATIVE_INFINITY;
  private saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(SessionEnds) private readonly ends: SessionEnds,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TICKS) private readonly ticks: Ticks,
  ) {}

  /** No statement is under way when the database is closed. */
  beforeApplicationShutdown(): Promise<void> {
    return this.touches.settled();
  }

  /**
   * Begins a session under a new random id. Until it is kept its row ends by itself in ten minutes.
   * @param approve asked last, before anything is stored: it may throw
   * @throws SessionExpiryPassedError, InvalidAuth0ResponseError
   */
  async begin(
    login: NewLogin,
    approve: (record: SessionRecord) => Promise<void>,
  ): Promise<{ session: LoginSession; sessionToken: string }> {
    const sessionToken = randomToken();
    const record = this.newRecord(digest(sessionToken), login);
    await approve(record);
    const { sid } = login.claims;
    await this.store.insert({
      ...record,
      expiresAt: Math.min(record.expiresAt, record.lastUsedAt + UNFINISHED_MS),
      sidKey: typeof sid === 'string' ? sidKeyOf(this.options, login.issuerOrigin, sid) : undefined,
      refreshToken: login.refreshToken,
      idToken: idTokenToKeep(login.idToken),
      dpopKey: login.dpopKey,
    });
    await this.endSurplusSessions(record);
    return { session: new LoginSession(record), sessionToken };
  }

  /** The login has come to its end: somebody is about to hold the session's token. */
  async keep(session: LoginSession): Promise<void> {
    // Not in the parameter's place, where the declaration would name what it leaves out.
    const { record } = session;
    await this.store.touch(record, record.lastUsedAt, record.expiresAt);
  }

  /** A record just read, as a session that may be used; undefined when it is over. Slides its expiry. */
  admit(record: SessionRecord): LoginSession | undefined {
    const now = this.clock.now();
    if (record.expiresAt <= now) return undefined; // the purge removes it: our clock may be ahead
    if (now - record.lastUsedAt >= this.options.session.touchIntervalMs) this.touch(record, now);
    return new LoginSession(record);
  }

  /** The session as it is stored now. @throws LoginRequiredError when it has ended */
  async readAgain({ id }: LoginSession): Promise<LoginSession> {
    const record = await this.store.find(id);
    if (!record) throw new LoginRequiredError('This session has ended. Log in again');
    return new LoginSession(record);
  }

  /** Ends the session of a session token: there is another one in its place. */
  async endReplaced(sessionToken: string | undefined): Promise<void> {
    if (isRandomToken(sessionToken)) await this.ends.end(digest(sessionToken), 'replaced');
  }

  /** Nobody waits for it, and nobody is refused because of it: a valid session is valid on a read-only database, too. */
  private touch(record: SessionRecord, now: number): void {
    if (this.ticks() < this.touchAgainAt) return;
    const expiresAt = Math.min(now + this.options.session.inactivityMs, record.absoluteExpiresAt);
    this.touches
      .run(record.id, () => this.store.touch(record, now, expiresAt))
      .catch((error: unknown) => this.touchFailed(error));
  }

  private touchFailed(error: unknown): void {
    const now = this.ticks();
    this.touchAgainAt = now + TOUCH_AGAIN_AFTER_MS;
    if (now - this.saidAt < SAY_AGAIN_AFTER_MS) return;
    this.saidAt = now;
    this.logger.warn(`Sessions go on, and their expiry does not: ${reasonOf(error)}. ${ONCE}`);
  }

  private newRecord(id: string, { issuerOrigin, claims: all }: NewLogin): SessionRecord {
    const claims = aboutTheUser(all);
    assertKept(all);
    if (!fitsRow(claims)) {
      throw new InvalidAuth0ResponseError('login', 'the claims about the user are larger than 48 kB');
    }
    const now = this.clock.now();
    const absoluteExpiresAt = Math.min(now + this.options.session.absoluteMs, ceilingOf(all));
    if (absoluteExpiresAt <= now) throw new SessionExpiryPassedError();
    return {
      id,
      issuerOrigin,
      userKey: userKeyOf(this.options, issuerOrigin, claims.sub),
      userId: claims.sub,
      claims,
      createdAt: begunAt(now, all.iat),
      lastUsedAt: now,
      expiresAt: Math.min(now + this.options.session.inactivityMs, absoluteExpiresAt),
      absoluteExpiresAt,
    };
  }

  private async endSurplusSessions({ userKey, id }: SessionRecord): Promise<void> {
    const others = (await this.store.findByUser(userKey)).filter((session) => session.id !== id);
    for (const surplus of others.slice(this.options.session.maxPerUser - 1)) {
      await this.ends.end(surplus.id, 'too_many');
    }
  }
}

/** What names the user and Auth0's session has to fit its place. */
function assertKept({ sub, sid }: Readonly<Record<string, unknown>>): void {
  if (!isIdentifier(sub) || (sid !== undefined && !isIdentifier(sid))) {
    throw new InvalidAuth0ResponseError('login', '"sub" or "sid" is no id of at most 255 characters');
  }
}

/** Messages of our errors hold nothing of what was sent or answered. */
function reasonOf(error: unknown): string {
  return error instanceof Auth0ConnectError ? error.message : 'unknown failure';
}

/** `session_expiry`, UNIX seconds: when the identity provider's session ends. Milliseconds; counted early, never late. */
function ceilingOf({ session_expiry: ceiling }: Readonly<Record<string, unknown>>): number {
  return typeof ceiling === 'number' && Number.isFinite(ceiling) ? Math.floor(ceiling * 1000) : Infinity;
}

/** When a session began by Auth0's clock, as its logout tokens tell the time; ours adds the milliseconds. */
function begunAt(now: number, issuedAt: unknown): number {
  const issued = wholeSeconds(issuedAt);
  if (issued === undefined) return now;
  const second = issued * 1000;
  return Math.min(Math.max(now, second), second + 999);
}
