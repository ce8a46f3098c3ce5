import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder for the data of servers, which their account can write to. */
export class Workplace {
  private constructor(
    readonly folder: string,
    private readonly account: string,
  ) {}

  static async create(account: string): Promise<Workplace> {
    const folder = await mkdtemp(join(tmpdir(), `cluster-${account}-`));
    await chmod(folder, 0o755);
    const place = new Workplace(folder, account);
    await place.handOver(folder);
    return place;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Gives what lies there to the account. */
  async handOver(path: string): Promise<void> {
    if (isRoot()) await run('chown', ['-R', `${this.account}:`, path]);
  }

  /** Runs a program as the account, to its end. */
  async run(command: string, ...args: string[]): Promise<string> {
    const whole = isRoot() ? ['runuser', '-u', this.account, '--', command, ...args] : [command, ...args];
    const { stdout } = await run(whole[0]!, whole.slice(1), { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    return stdout;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Ports that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
