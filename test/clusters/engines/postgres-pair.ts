import { HaProxy } from './haproxy.js';
import { POSTGRES_ACCOUNT, PostgresServer } from './postgres.js';
import { Workplace } from './workplace.js';

/** A primary, a standby that has every commit before it is answered, and HAProxy before the two. */
export class PostgresPair {
  private generation = 1;

  private constructor(
    private readonly place: Workplace,
    private proxy: HaProxy,
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
    if (!this.standby) throw new Error('there is no standby');
    await this.standby.promote();
    this.primary = this.standby;
    this.standby = undefined;
  }

  /** A new standby of the present primary. HAProxy has to be told of it: it starts anew at the same port. */
  async addStandby(): Promise<void> {
    this.generation += 1;
    this.standby = await PostgresServer.follow(this.primary, `server${this.generation}`);
    const { port } = this.proxy;
    await this.proxy.stop();
    this.proxy = await HaProxy.start(this.place, [this.primary.port, this.standby.port], port);
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
    await this.primary.execute(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await this.primary.execute('SELECT pg_reload_conf()');
    await this.primary.until(
      'commits wait for the standby',
      `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`,
    );
  }
}
