import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { inTime } from '../support/in-time.js';

const READY_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 20_000;
const MOST_KEPT = 200_000;

export interface ServerCommand {
  /** For messages. */
  name: string;
  /** The program and its arguments. */
  command: readonly string[];
  /** The account of this machine that it runs as, where this process is root: servers refuse to be. */
  account?: string;
  /** Whether it can be used. Asked again and again; what it throws counts as no. */
  isReady: () => Promise<boolean>;
}

/** A server that this process has started, and that ends with it, whatever becomes of this process. */
export class ServerProcess {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly said: () => string,
  ) {}

  static async start({ name, command, account, isReady }: ServerCommand): Promise<ServerProcess> {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...identity(account), '--', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' },
    });
    let said = '';
    const listen = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-MOST_KEPT);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    const server = new ServerProcess(name, child, () => said);
    await server.untilReady(isReady);
    return server;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get output(): string {
    return this.said();
  }

  /** It keeps its connections and says nothing, as a machine does that swaps or whose disk hangs. */
  freeze(): void {
    this.signalAll('SIGSTOP');
  }

  thaw(): void {
    this.signalAll('SIGCONT');
  }

  /** As when its machine goes down. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.thaw();
    try {
      await this.end(signal);
    } catch (error) {
      await this.end('SIGKILL');
      throw error;
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await inTime(`${this.name} ends`, ended, ENDS_WITHIN_MS);
  }

  /** PostgreSQL has a process for each connection. */
  private signalAll(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    this.child.kill(signal);
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(this.child.pid)], { encoding: 'utf8' });
    for (const pid of stdout.split(/\s+/).filter(Boolean)) {
      try {
        process.kill(Number(pid), signal);
      } catch (error) {
        // It has ended meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  private async untilReady(isReady: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await isReady().catch(() => false))) {
      if (this.isRunning && Date.now() < deadline) {
        await pause(50);
        continue;
      }
      const what = this.isRunning ? 'is not ready yet' : 'ended';
      await this.kill();
      throw new Error(`${this.name} ${what}:\n${this.output.slice(-4000)}`);
    }
  }
}

/** For `setpriv`: the account's user and group, nothing for a process that is not root. */
function identity(account: string | undefined): string[] {
  const isRoot = process.getuid?.() === 0;
  return isRoot && account !== undefined ? ['--reuid', account, '--regid', account, '--init-groups'] : [];
}
