import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Auth0RefusedError,
  Auth0UnavailableError,
  CipherUnavailableError,
  LoginRequiredError,
  RateLimitedError,
  StorageUnavailableError,
} from '../errors/index.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { Wait } from '../ports/wait.js';
import type { HeldLease, SeenLease } from '../tokens/lease.js';
import { LoginSession } from './login-session.js';
import type { RefreshGrant, SessionRecord, SessionStore, TokenResponse } from './ports.js';
import type { SessionEnds } from './session-ends.js';
import { RefreshTokens } from './refresh-tokens.js';

const SESSION = new LoginSession({
  id: 'session',
  issuerOrigin: 'https://a.example',
  userId: 'alice',
  claims: { sub: 'alice' },
} as SessionRecord);
const LEASE_MS = 5_000;

interface Row {
  refreshToken?: string;
  version: number;
  loginRequired: boolean;
  lease?: string;
  leaseExpiresAt: number;
}

/** One session's row, which several processes share. Each statement is atomic; the scheduler decides when it runs. */
class SharedRow {
  row: Row | undefined = { refreshToken: 'rt 0', version: 1, loginRequired: false, leaseExpiresAt: 0 };
  /** Statements that store a refresh token and fail before they do. */
  faults = 0;

  constructor(private readonly scheduler: fc.Scheduler) {}

  readCredentials() {
    return this.statement('read', () => this.row && { ...this.row });
  }

  storeCredentials(_id: string, seenVersion: number, { refreshToken }: { refreshToken?: string }): Promise<boolean> {
    return this.statement('store', () => {
      if (this.faults > 0) {
        this.faults -= 1;
        throw new Error('connection reset');
      }
      if (this.row?.version !== seenVersion) return false;
      if (refreshToken !== undefined) this.row = { ...this.row, refreshToken, version: seenVersion + 1 };
      return true;
    });
  }

  markLoginRequired(_id: string, seenVersion: number): Promise<void> {
    return this.statement('mark', () => {
      if (this.row?.version === seenVersion) this.row = { ...this.row, loginRequired: true, refreshToken: undefined };
    });
  }

  claimRefreshLease(_id: string, lease: SeenLease, abandoned?: SeenLease): Promise<Partial<SeenLease> | undefined> {
    return this.statement('claim', () => {
      if (!this.row) return undefined;
      const isLeft = abandoned?.lease === this.row.lease && abandoned?.leaseExpiresAt === this.row.leaseExpiresAt;
      if (this.row.lease === undefined || isLeft) this.row = { ...this.row, ...lease };
      return { lease: this.row.lease, leaseExpiresAt: this.row.leaseExpiresAt };
    });
  }

  refreshLeasesAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>> {
    return this.statement('look', () => {
      const held = leases.filter(({ lease }) => lease === this.row?.lease);
      return new Map(held.map(({ lease }) => [lease, this.row?.leaseExpiresAt ?? 0]));
    });
  }

  renewRefreshLease(): Promise<boolean> {
    return Promise.resolve(true);
  }

  releaseRefreshLease(_id: string, lease: string): Promise<void> {
    return this.statement('release', () => {
      if (this.row?.lease === lease) this.row = { ...this.row, lease: undefined };
    });
  }

  logout(): Promise<void> {
    return this.statement('logout', () => {
      this.row = undefined;
    });
  }

  private async statement<T>(name: string, run: () => T): Promise<T> {
    await this.scheduler.schedule(Promise.resolve(), name);
    return run();
  }
}

/** Auth0 with rotation: a refresh token is good once, and one that is shown again ends all of them. */
class RotatingAuth0 {
  readonly spent: string[] = [];
  private valid = 'rt 0';

  constructor(private readonly scheduler: fc.Scheduler) {}

  get latest(): string {
    return this.valid;
  }

  async refresh({ refreshToken, onRefreshToken }: Parameters<RefreshGrant['refresh']>[0]): Promise<TokenResponse> {
    await this.scheduler.schedule(Promise.resolve(), 'refresh');
    this.spent.push(refreshToken);
    if (refreshToken !== this.valid) throw new Auth0RefusedError('refresh', { status: 403, error: 'invalid_grant' });
    this.valid = `rt ${this.spent.length}`;
    await onRefreshToken(this.valid);
    return { accessToken: `at ${this.spent.length}`, expiresIn: 3600, tokenType: 'Bearer' };
  }
}

const OPTIONS = { timeoutMs: 60_000, scope: 'openid', session: { endsWithRefreshToken: false } } as ResolvedOptions;

/** @param msPerWait how far the clock moves with each look for a lease */
function world(scheduler: fc.Scheduler, { msPerWait = 0 } = {}) {
  const clock = { time: 1_000, now: () => clock.time };
  const database = new SharedRow(scheduler);
  const auth0 = new RotatingAuth0(scheduler);
  const process = () =>
    new RefreshTokens(
      database as unknown as SessionStore,
      { endRefused: () => Promise.reject(new Error('sessions go on')) } as unknown as SessionEnds,
      auth0,
      OPTIONS,
      clock,
      () => scheduler.schedule(Promise.resolve(), 'wait').then(() => void (clock.time += msPerWait)),
      () => clock.time,
    );
  return { clock, database, auth0, process };
}

afterEach(() => void vi.useRealTimers());

describe('at the end of the application', () => {
  it('waits for what is under way, and no longer than a call may take', async () => {
    vi.useFakeTimers();
    const { tokens, answer } = silentAuth0();
    const end = async (): Promise<boolean> => {
      let hasEnded = false;
      void tokens.beforeApplicationShutdown().then(() => (hasEnded = true));
      await vi.advanceTimersByTimeAsync(OPTIONS.timeoutMs + LEASE_MS - 1);
      expect(hasEnded).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      return hasEnded;
    };
    void tokens.refresh(SESSION, {}).catch(() => undefined);
    await settle();
    expect(await end()).toBe(true);
    answer();
  });

  it('waits no longer than what is under way: no timer keeps the process', async () => {
    let signal: AbortSignal | undefined;
    const wait: Wait = (_, given) => {
      signal = given;
      return new Promise((_resolve, reject) => given?.addEventListener('abort', () => reject(given.reason as Error)));
    };
    const nothing = {} as never;
    await new RefreshTokens(nothing, nothing, nothing, OPTIONS, nothing, wait, () => 0).beforeApplicationShutdown();
    expect(signal?.aborted).toBe(true);
  });
});

describe('refreshes of one session under rotation', () => {
  it('spend no refresh token twice and keep the newest, in whatever order the statements run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, processes) => {
        const { database, auth0, process } = world(scheduler);
        const asked = Array.from({ length: processes }, process).flatMap((grants) =>
          ['a', 'b'].map((audience) => grants.refresh(SESSION, { audience })),
        );

        const answers = await scheduler.waitFor(Promise.all(asked));

        expect(new Set(auth0.spent).size).toBe(auth0.spent.length);
        expect(auth0.spent).toHaveLength(processes * 2);
        expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(processes * 2);
        expect(database.row).toMatchObject({ refreshToken: auth0.latest, lease: undefined });
      }),
    );
  });

  it('do not lose the rotated token to a passing fault of the database', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 50 }), async (scheduler, faults) => {
        const { database, auth0, process } = world(scheduler);
        database.faults = faults;

        await scheduler.waitFor(process().refresh(SESSION, {}));

        expect(database.row?.refreshToken).toBe(auth0.latest);
        expect(database.row?.refreshToken).not.toBe('rt 0');
      }),
    );
  });

  it('never bring back a session that is logged out meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { database, process } = world(scheduler);
        const asked = [process(), process()].map((grants) => grants.refresh(SESSION, {}));

        const outcomes = await scheduler.waitFor(Promise.allSettled([...asked, database.logout()]));

        expect(database.row).toBeUndefined();
        const reasons = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
        );
        expect(reasons.filter((reason) => !(reason instanceof LoginRequiredError))).toEqual([]);
      }),
    );
  });

  it('go on without a process that died while it held the lease, once the lease is over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer(), async (scheduler, leaseExpiresAt) => {
        const { clock, database, auth0, process } = world(scheduler, { msPerWait: 100 });
        if (database.row) database.row = { ...database.row, lease: 'dead', leaseExpiresAt };
        const asked = process().refresh(SESSION, {});
        while (scheduler.count() === 0) await Promise.resolve();
        await scheduler.waitOne();
        expect(auth0.spent).toEqual([]);

        expect(await scheduler.waitFor(asked)).toMatchObject({ accessToken: 'at 1' });
        expect(clock.time).toBeGreaterThanOrEqual(1_000 + LEASE_MS);
      }),
    );
  });

  it('end in a login that is needed, and are not asked again, once Auth0 has refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { database, auth0, process } = world(scheduler);
        if (database.row) database.row = { ...database.row, refreshToken: 'revoked' };
        const [first, second] = [process(), process()];

        const outcomes = await scheduler.waitFor(
          Promise.allSettled([first, second].map((grants) => grants.refresh(SESSION, {}))),
        );

        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(LoginRequiredError) });
        }
        expect(auth0.spent).toEqual(['revoked']);
      }),
    );
  });
});

async function settle(): Promise<void> {
  for (let turns = 0; turns < 200; turns += 1) await Promise.resolve();
}

const now = (): number => Date.now();
const wait: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });

/** Auth0 says nothing until it is told to; time is by fake timers. */
function silentAuth0() {
  const row = { refreshToken: 'rt 0', version: 1, loginRequired: false };
  const store = {
    readCredentials: async () => row,
    storeCredentials: async (_id: string, _version: number, { refreshToken }: { refreshToken?: string }) => {
      row.refreshToken = refreshToken ?? row.refreshToken;
      return true;
    },
    claimRefreshLease: async (_id: string, lease: SeenLease) => lease,
    renewRefreshLease: async () => true,
    releaseRefreshLease: async () => undefined,
  } as unknown as SessionStore;
  let answer: (() => void) | undefined;
  const auth0: RefreshGrant = {
    refresh: async ({ onRefreshToken }) => {
      await new Promise<void>((resolve) => (answer = resolve));
      await onRefreshToken('rt 1');
      return { accessToken: 'at', expiresIn: 3600, tokenType: 'Bearer' };
    },
  };
  const tokens = new RefreshTokens(store, {} as SessionEnds, auth0, OPTIONS, { now }, wait, now);
  return { tokens, row, answer: () => answer?.() };
}

/** Seven at once, of which Auth0 is asked for the first; then an eighth. */
async function sevenAndOne(failure: Error) {
  const answers: Error[] = [];
  let time = 0;
  let asked = 0;
  let refuse: ((error: Error) => void) | undefined;
  const auth0: RefreshGrant = {
    refresh: () => {
      asked += 1;
      return new Promise((_resolve, reject) => (refuse = reject));
    },
  };
  const row = { refreshToken: 'rt', version: 1, loginRequired: false };
  const store = {
    readCredentials: async () => row,
    claimRefreshLease: async (_id: string, lease: SeenLease) => lease,
    releaseRefreshLease: async () => undefined,
  } as unknown as SessionStore;
  const ticks = (): number => time;
  const ends = {} as SessionEnds;
  const tokens = new RefreshTokens(store, ends, auth0, OPTIONS, { now: ticks }, async () => undefined, ticks);
  const refresh = (): Promise<unknown> =>
    tokens.refresh(SESSION, {}).catch((error: unknown) => answers.push(error as Error));
  const seven = Promise.all(Array.from({ length: 7 }, refresh));
  await settle();
  time += 3000;
  refuse?.(failure);
  await seven;
  const askedBySeven = asked;
  time += 1;
  const eighth = refresh();
  await settle();
  refuse?.(failure);
  await eighth;
  return { answers, askedBySeven, asked };
}

describe('refreshes of one session that wait for each other', () => {
  const passing = [
    new Auth0UnavailableError('refresh'),
    new RateLimitedError('refresh', 5),
    new StorageUnavailableError(),
    new CipherUnavailableError(),
  ];

  it.each(passing)('share a failure that passes, and the next asks again: %s', async (failure) => {
    const { answers, askedBySeven, asked } = await sevenAndOne(failure);
    expect(answers).toEqual(Array.from({ length: 8 }, () => failure));
    expect([askedBySeven, asked]).toEqual([1, 2]);
  });

  it('have one deadline, from the moment of asking; what Auth0 has rotated is stored all the same', async () => {
    vi.useFakeTimers();
    const { tokens, row, answer } = silentAuth0();
    const outcomes: unknown[] = [];
    for (let asked = 0; asked < 7; asked += 1) {
      void tokens.refresh(SESSION, {}).catch((error: unknown) => outcomes.push(error));
    }
    await vi.advanceTimersByTimeAsync(OPTIONS.timeoutMs + LEASE_MS - 1);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual(Array.from({ length: 7 }, () => expect.any(Auth0UnavailableError)));
    answer();
    await settle();
    expect(row.refreshToken).toBe('rt 1');
  });
});
