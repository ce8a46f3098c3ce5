import { cp, readFile } from 'node:fs/promises';
import mysql from 'mysql2/promise';
import type { RowDataPacket } from 'mysql2/promise';
import { ServerProcess } from './server-process.js';
import { freePorts, Workplace } from './workplace.js';

const ACCOUNT = 'mysql';
const SERVER = '/usr/sbin/mariadbd';
const PROVIDER = '/usr/lib/galera/libgalera_smm.so';

/** Small, and without waiting for the disk: the machine does not go down with a node. */
const SMALL = [
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=16M',
  '--innodb-flush-log-at-trx-commit=2',
  '--performance-schema=OFF',
  '--skip-log-bin',
];

/** What Galera asks of a server. */
const WRITE_SETS = ['--binlog-format=ROW', '--default-storage-engine=InnoDB', '--innodb-autoinc-lock-mode=2'];

/** A node that says nothing is given up for dead sooner than by default: on loopback no message is late. */
const SOON_DEAD = 'evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT1.5S;evs.inactive_timeout=PT4S';

/** A cluster of MariaDB servers on loopback, each of which takes reads and writes. */
export class GaleraCluster {
  private constructor(
    private readonly place: Workplace,
    readonly nodes: readonly GaleraNode[],
  ) {}

  /** Starts them one after the other. */
  static async start(size = 3): Promise<GaleraCluster> {
    const place = await Workplace.create(ACCOUNT);
    const ports = await freePorts(3 * size);
    const members = Array.from({ length: size }, (_, index) => `127.0.0.1:${ports[3 * index + 1]}`);
    const nodes = Array.from(
      { length: size },
      (_, index) => new GaleraNode(place, `node${index}`, ports.slice(3 * index, 3 * index + 3), members),
    );
    const cluster = new GaleraCluster(place, nodes);
    try {
      await cluster.found();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async stop(): Promise<void> {
    // The last one to leave waits for nobody.
    for (const node of this.nodes.toReversed()) await node.stop();
    await this.place.remove();
  }

  /** All begin with copies of one state, so that none has to send its own to the others. */
  private async found(): Promise<void> {
    const [first, ...others] = this.nodes;
    if (!first) throw new RangeError('a cluster has a node at least');
    await first.install();
    await first.start({ isNewCluster: true });
    await first.stop();
    await Promise.all(others.map((node) => node.copyFrom(first)));
    await first.start({ isNewCluster: true });
    for (const node of others) await node.start();
    for (const node of this.nodes) await node.untilSynced(this.nodes.length);
  }
}

/** A node that is behind the others. */
export interface HeldBack {
  /** How many statements of others it has begun and not answered. */
  waiting: () => Promise<number>;
  /** Once is enough. */
  letGo: () => void;
}

export class GaleraNode {
  private server: ServerProcess | undefined;
  private wasKilled = false;

  constructor(
    private readonly place: Workplace,
    readonly name: string,
    private readonly ports: readonly number[],
    private readonly members: readonly string[],
  ) {}

  get port(): number {
    return this.ports[0]!;
  }

  /** Without a database. */
  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.server?.isRunning ?? false;
  }

  async install(): Promise<void> {
    await this.place.run(
      'mariadb-install-db',
      '--no-defaults',
      `--datadir=${this.folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    );
  }

  async copyFrom(other: GaleraNode): Promise<void> {
    await cp(other.folder, this.folder, { recursive: true });
    await this.place.handOver(this.folder);
  }

  async start({ isNewCluster = false } = {}): Promise<void> {
    const [, group, transfer] = this.ports;
    const provider = `gmcast.listen_addr=tcp://127.0.0.1:${group};ist.recv_addr=127.0.0.1:${transfer};gcache.size=32M;${SOON_DEAD}`;
    this.server = await ServerProcess.start({
      name: this.name,
      account: ACCOUNT,
      command: [
        ...this.basics,
        `--wsrep-node-name=${this.name}`,
        `--wsrep-node-address=127.0.0.1:${group}`,
        `--wsrep-provider-options=${provider}`,
        ...(isNewCluster ? ['--wsrep-new-cluster'] : []),
        ...(this.wasKilled ? [`--wsrep-start-position=${await this.recover()}`] : []),
      ],
      isReady: async () => (await this.status('wsrep_ready')) === 'ON',
    });
    this.wasKilled = false;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /** As when its machine goes down. It may start again, and gets what it has missed from the others. */
  async kill(): Promise<void> {
    await this.server?.kill();
    this.wasKilled = true;
  }

  freeze(): void {
    this.server?.freeze();
  }

  thaw(): void {
    this.server?.thaw();
  }

  /** One statement on a connection of its own. */
  async execute<Row>(sql: string): Promise<Row[]> {
    const connection = await this.connect();
    try {
      const [rows] = await connection.query<(Row & RowDataPacket)[]>(sql);
      return rows;
    } finally {
      connection.destroy();
    }
  }

  connect(): Promise<mysql.Connection> {
    return mysql.createConnection({ uri: this.url, connectTimeout: 2000 });
  }

  /** Applies nothing of what the others write until it is let go: as a node that is busy, with chance left out. */
  async holdBack(): Promise<HeldBack> {
    const connection = await this.connect();
    await connection.query('SET SESSION wsrep_sync_wait = 0');
    await connection.query('FLUSH TABLES WITH READ LOCK');
    return {
      waiting: async () => {
        const [rows] = await connection.query<RowDataPacket[]>(
          `SELECT id FROM information_schema.processlist
           WHERE user <> 'system user' AND command IN ('Query', 'Execute') AND id <> connection_id()`,
        );
        return rows.length;
      },
      letGo: () => connection.destroy(),
    };
  }

  async untilSynced(size: number): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const seen = Number(await this.status('wsrep_cluster_size'));
      const state = await this.status('wsrep_local_state_comment');
      if (seen === size && state === 'Synced') return;
      if (Date.now() > deadline) throw new Error(`${this.name} sees ${seen} nodes and is ${state}`);
    }
  }

  /** Up to where a server that was killed has got, as its storage engine knows. */
  private async recover(): Promise<string> {
    const log = `${this.folder}.recovery`;
    await this.place.run(...this.basics, '--wsrep-recover', `--log-error=${log}`);
    const position = /Recovered position: (\S+)/.exec(await readFile(log, 'utf8'))?.[1];
    if (position === undefined) throw new Error(`${this.name} does not know how far it has got`);
    return position;
  }

  private async status(name: string): Promise<string | undefined> {
    const [row] = await this.execute<{ Value: string }>(`SHOW GLOBAL STATUS LIKE '${name}'`);
    return row?.Value;
  }

  private get basics(): [string, ...string[]] {
    return [
      SERVER,
      '--no-defaults',
      `--datadir=${this.folder}`,
      `--socket=${this.folder}.sock`,
      `--pid-file=${this.folder}.pid`,
      '--bind-address=127.0.0.1',
      `--port=${this.port}`,
      ...SMALL,
      ...WRITE_SETS,
      '--wsrep-on=ON',
      `--wsrep-provider=${PROVIDER}`,
      `--wsrep-cluster-address=gcomm://${this.members.join(',')}`,
    ];
  }

  private get folder(): string {
    return this.place.path(this.name);
  }
}
