import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoginRequiredError } from '../errors/index.js';
import { AccountNotConnected } from './account-not-connected.js';
import { ExchangeCoordinator, type ObtainedToken } from './exchange-coordinator.js';
import type { HeldLease, SeenLease } from './lease.js';
import type { StoredToken, TokenKey, TokenState, TokenStore } from './ports.js';
import { toSharedFailure, type SharedFailure } from './shared-failure.js';

const KEY: TokenKey = { owner: 'session', id: 'google', userKey: 'alice', sessionId: 'session' };
const LEASE_MS = 5_000;

/** One database that several processes share. Each statement is atomic; the scheduler decides when it runs. */
class SharedDatabase implements TokenStore {
  row: TokenState | undefined;
  sessionEnded = false;

  constructor(private readonly scheduler: fc.Scheduler) {}

  find(): Promise<TokenState | undefined> {
    return this.statement('find', () => this.row);
  }

  claim(_key: TokenKey, lease: SeenLease, abandoned?: SeenLease): Promise<TokenState | undefined> {
    return this.statement('claim', () => {
      const { lease: holder, leaseExpiresAt } = this.row ?? {};
      const isLeft = abandoned?.lease === holder && abandoned?.leaseExpiresAt === leaseExpiresAt;
      if (!this.sessionEnded && (holder === undefined || isLeft)) this.row = { ...this.row, ...lease };
      return this.row;
    });
  }

  heldAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>> {
    return this.statement('look', () => {
      const { lease, leaseExpiresAt = 0 } = this.row ?? {};
      return new Map(leases.filter((one) => one.lease === lease).map((one) => [one.lease, leaseExpiresAt]));
    });
  }

  renew(_key: TokenKey, { lease, leaseExpiresAt }: SeenLease): Promise<boolean> {
    return this.asHolder('renew', lease, (row) => ({ ...row, leaseExpiresAt }));
  }

  complete(_key: TokenKey, lease: string, token: StoredToken | undefined): Promise<boolean> {
    return this.asHolder('complete', lease, (row) => ({ token: token ?? row.token }));
  }

  async fail(_key: TokenKey, lease: string, failure: SharedFailure): Promise<void> {
    await this.asHolder('fail', lease, ({ token }) => ({ token, failure: { lease, failure } }));
  }

  endSession(): Promise<void> {
    return this.statement('logout', () => {
      this.sessionEnded = true;
      this.row = undefined;
    });
  }

  forget(): Promise<void> {
    return this.statement('forget', () => {
      const { token: _forgotten, ...row } = this.row ?? {};
      this.row = row;
    });
  }

  private asHolder(name: string, lease: string, change: (row: TokenState) => TokenState): Promise<boolean> {
    return this.statement(name, () => {
      if (this.row?.lease !== lease) return false;
      this.row = change(this.row);
      return true;
    });
  }

  private async statement<T>(name: string, run: () => T): Promise<T> {
    await this.scheduler.schedule(Promise.resolve(), name);
    return run();
  }
}

/** Auth0: counts what it is asked, and how many ask at once. */
class Upstream {
  calls = 0;
  running = 0;
  mostAtOnce = 0;

  constructor(private readonly scheduler: fc.Scheduler) {}

  readonly exchange = async (): Promise<ObtainedToken> => {
    this.calls += 1;
    this.running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    const number = this.calls;
    await this.scheduler.schedule(Promise.resolve(), `exchange ${number}`);
    this.running -= 1;
    return { token: tokenOf(`token ${number}`), keep: true };
  };
}

function tokenOf(accessToken: string): StoredToken {
  return { accessToken, scopes: undefined, obtainedAt: 0, expiresAt: 1_000_000 };
}

/** @param msPerWait how far the clock moves with each look for a lease */
function world(scheduler: fc.Scheduler, { msPerWait = 0 } = {}) {
  const clock = { time: 1_000, now: () => clock.time };
  const database = new SharedDatabase(scheduler);
  const upstream = new Upstream(scheduler);
  const process = () =>
    new ExchangeCoordinator(database, {
      clock,
      longestWaitMs: 60_000,
      wait: () => scheduler.schedule(Promise.resolve(), 'wait').then(() => void (clock.time += msPerWait)),
      ticks: () => clock.time,
    });
  return { clock, database, upstream, process };
}

describe('an exchange that many ask for', () => {
  it('runs once over all processes, and everybody gets its token, in whatever order the statements run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 4 }), async (scheduler, processes) => {
        const { database, upstream, process } = world(scheduler);
        const coordinators = Array.from({ length: processes }, process);
        const asked = coordinators.flatMap((coordinator) =>
          [1, 2].map(() => coordinator.obtain(KEY, () => true, upstream.exchange)),
        );

        const answers = await scheduler.waitFor(Promise.all(asked));

        expect(upstream.calls).toBe(1);
        expect(new Set(answers.map(({ accessToken }) => accessToken))).toEqual(new Set(['token 1']));
        expect(database.row).toEqual({ token: tokenOf('token 1') });
      }),
    );
  });

  it('shares a failure with those who waited for it, and keeps it from nobody who asks later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { upstream, process } = world(scheduler);
        const refuse = async (): Promise<ObtainedToken> => {
          await upstream.exchange();
          throw new AccountNotConnected();
        };
        const [first, second] = [process(), process()];
        const asked = [first, second].map((coordinator) => coordinator.obtain(KEY, () => true, refuse));

        const outcomes = await scheduler.waitFor(Promise.allSettled(asked));

        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AccountNotConnected) });
        }
        expect(upstream.mostAtOnce).toBe(1);
        const later = await scheduler.waitFor(second.obtain(KEY, () => true, upstream.exchange));
        expect(later.accessToken).toMatch(/^token/);
      }),
    );
  });

  it('tells those who wait in another process what it failed with, and they do not ask again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { clock, database, upstream, process } = world(scheduler);
        const lease = 'of another process';
        database.row = { lease, leaseExpiresAt: clock.time + LEASE_MS };
        const asked = process().obtain(KEY, () => true, upstream.exchange);
        await scheduler.waitOne(); // it has seen who holds the lease
        const failure = toSharedFailure(new AccountNotConnected());

        const [outcome] = await scheduler.waitFor(Promise.allSettled([asked, database.fail(KEY, lease, failure)]));

        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AccountNotConnected) });
        expect(upstream.calls).toBe(0);
      }),
    );
  });

  it('goes on without a holder that died, once its lease has stood still for its length, whatever its clock said', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer(), async (scheduler, leaseExpiresAt) => {
        const { clock, database, upstream, process } = world(scheduler, { msPerWait: 100 });
        // Killed between claiming and storing: the lease stays in the row.
        database.row = { lease: 'of a dead process', leaseExpiresAt };
        const asked = process().obtain(KEY, () => true, upstream.exchange);
        await scheduler.waitOne();
        expect(upstream.calls).toBe(0);

        expect((await scheduler.waitFor(asked)).accessToken).toBe('token 1');
        expect(clock.time).toBeGreaterThanOrEqual(1_000 + LEASE_MS);
      }),
    );
  });

  it('stores nothing for a session that ends meanwhile, at whatever moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { database, upstream, process } = world(scheduler);
        const obtain = async (): Promise<ObtainedToken> => {
          if (database.sessionEnded) throw new LoginRequiredError();
          return upstream.exchange();
        };
        const asked = [process(), process()].map((coordinator) => coordinator.obtain(KEY, () => true, obtain));

        const outcomes = await scheduler.waitFor(Promise.allSettled([...asked, database.endSession()]));

        expect(database.row).toBeUndefined();
        const reasons = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
        );
        expect(reasons.filter((reason) => !(reason instanceof LoginRequiredError))).toEqual([]);
      }),
    );
  });

  it('does not bring back a token that is forgotten while it is found, at whatever moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { database, upstream, process } = world(scheduler);
        // Stored by another process after the caller has looked.
        database.row = { token: tokenOf('of the removed account') };
        const asked = process().obtain(KEY, () => true, upstream.exchange);

        await scheduler.waitFor(Promise.all([asked, database.forget()]));

        expect(['token 1', undefined]).toContain(database.row.token?.accessToken);
      }),
    );
  });
});
