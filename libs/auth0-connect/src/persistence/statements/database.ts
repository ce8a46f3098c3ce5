import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { hideFromLogs } from '../../shared/hide-from-logs.js';
import { OnceAMinute } from '../../shared/once-a-minute.js';
import { inTime } from '../failures/in-time.js';
import { repeated } from '../failures/repeated.js';
import { driverOf } from './drivers.js';

/**
 * The application's data source as the library uses it. Every statement has a connection of its own, to the primary: no
 * transaction of a caller (typeorm-transactional puts whatever a handler does into one) takes our writes with it, and no
 * replica answers with what was true a moment ago. SQLite has a single connection, and so one transaction for all.
 */
export class Database {
  private readonly logger = new Logger('Auth0Connect');
  private useNames: boolean;
  private readonly timeoutMs: number;
  /** What the stores on it have to say of its failures. */
  readonly saying = new OnceAMinute();

  constructor(
    readonly dataSource: DataSource,
    { namedStatements = true, timeoutMs = 10_000 }: { namedStatements?: boolean; timeoutMs?: number } = {},
  ) {
    this.useNames = namedStatements;
    this.timeoutMs = timeoutMs;
    hideFromLogs(this); // the data source has the database's password
    driverOf(dataSource);
  }

  /** @param work one statement, by TypeORM */
  run<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.ask(() => this.once(work));
  }

  /** @param statement is repeated where the database has undone it because of another one, and not waited for without end */
  ask<Result>(statement: () => Promise<Result>): Promise<Result> {
    return inTime(this.timeoutMs, repeated(statement));
  }

  /** Whether statements are prepared by name on PostgreSQL. */
  get namesStatements(): boolean {
    return this.useNames;
  }

  /** From now on none is. @param code how PostgreSQL refused a name */
  stopNaming(code: string): void {
    if (!this.useNames) return;
    this.useNames = false;
    this.logger.warn(
      `PostgreSQL refused a named statement (SQLSTATE ${code}), as it does behind some poolers. The library asks without names ` +
        'until the next start. Set namedStatements: false to never use them',
    );
  }

  private async once<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    const queryRunner = this.dataSource.createQueryRunner('master');
    try {
      return await work(queryRunner.manager);
    } finally {
      await queryRunner.release();
    }
  }
}
