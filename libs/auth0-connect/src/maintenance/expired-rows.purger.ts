import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Hooks } from '../events/hooks.js';
import { SESSION_ENDED } from '../events/session-ended.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { EXPIRED_ROWS, type ExpiredRows, type PurgedSession } from './ports.js';

const BATCH_SIZE = 200;
/** A clock that is ahead by less than this removes nothing that lives. */
const EXPIRED_FOR_MS = 60 * 60 * 1000;

/** Removes expired sessions, transactions and tokens from time to time. */
@Injectable()
export class ExpiredRowsPurger implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Auth0Connect');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EXPIRED_ROWS) private readonly rows: ExpiredRows,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Hooks) private readonly hooks: Hooks,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.purgeIntervalMs === undefined) return;
    this.timer = setInterval(() => {
      this.running = this.purge().then(
        () => undefined,
        (error: unknown) => this.logger.warn(`Expired rows were not removed: ${String(error)}`),
      );
    }, this.options.purgeIntervalMs);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Removes all that has been expired for an hour. @returns how many rows */
  async purge(): Promise<number> {
    const expired = this.clock.now() - EXPIRED_FOR_MS;
    let removed = 0;
    const ended = (session: PurgedSession): Promise<void> => this.ended(session);
    for (let batch = 1; batch > 0; removed += batch) batch = await this.rows.purgeBatch(expired, BATCH_SIZE, ended);
    return removed;
  }

  private ended({ id: sessionId, userId, issuerOrigin: domain }: PurgedSession): Promise<void> {
    return this.hooks.tell(SESSION_ENDED, { sessionId, userId, domain, reason: 'expired' });
  }
}
