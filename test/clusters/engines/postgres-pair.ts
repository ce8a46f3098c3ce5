import { HaProxy } from './haproxy.js';
import { POSTGRES_ACCOUNT, PostgresServer } from './postgres.js';
import { Workplace } from './workplace.js';

/** A primary, a standby that has every commit before it is answered, and HAProxy before the two. */
export class PostgresPair {
  private generation = 1;
  private freePort: number | undefined;

  private constructor(
    private readonly place: Workplace,
    private readonly proxy: HaProxy,
    public primary: PostgresServer,
    public standby: PostgresServer | undefined,
  ) {}

  static async start(): Promise<PostgresPair> {
    const place = await Workplace.create(POSTGRES_ACCOUNT);
    const started: PostgresServer[] = [];
    try {
      const primary = await PostgresServer.create(place, 'server0');
      started.push(primary);
      const standby = await PostgresServer.follow(primary, 'server1');
      started.push(standby);
      const proxy = await HaProxy.start(place, [primary.port, standby.port]);
      const pair = new PostgresPair(place, proxy, primary, standby);
      await pair.commitOnBoth();
      return pair;
    } catch (error) {
      for (const server of started) await server.kill();
      await place.remove();
      throw error;
    }
  }

  /** By way of HAProxy. */
  url(database = 'postgres'): string {
    return this.primary.url(database, this.proxy.port);
  }

  /** The primary goes down, at once or in order. */
  async goDown({ suddenly }: { suddenly: boolean }): Promise<void> {
    await (suddenly ? this.primary.kill() : this.primary.stop());
  }

  /** The standby is the primary from now on. */
  async takeOver(): Promise<void> {
    const { primary, standby } = this;
    if (!standby) throw new Error('there is no standby');
    await standby.promote();
    this.primary = standby;
    this.standby = undefined;
    this.freePort = primary.port;
  }

  /** A new standby of the present primary, where the one before was: HAProxy need not be told. */
  async addStandby(): Promise<void> {
    this.generation += 1;
    this.standby = await PostgresServer.follow(this.primary, `server${this.generation}`, { port: this.freePort });
    await this.commitOnBoth();
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.standby?.stop();
    await this.primary.stop();
    await this.place.remove();
  }

  /** An answered commit is on the standby's disk, so that a promotion takes nothing back that somebody was told. */
  private async commitOnBoth(): Promise<void> {
    await this.primary.configure('synchronous_standby_names', '*');
    await this.primary.until(
      'commits wait for the standby',
      `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`,
    );
  }
}
