import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long answers that are under way have to arrive. */
const GRACE_MS = 300;

/**
 * What is between a client and a server: it can be cut, silent or slow. Only the client's bytes are held back. An
 * answer that is lost on its way would lose a refresh token that rotates, whatever the client does.
 */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'cut' | 'silent' = 'open';
  private delayMs = 0;

  private constructor(private readonly server: Server) {}

  /** Between `from`, an address of this machine, and `to`. */
  static async start(from: { host: string; port: number }, to: { host: string; port: number }): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => proxy.join(client, connect(to)));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(from.port, from.host, resolve);
    });
    return proxy;
  }

  /** Nothing gets through any more, and connections end: new ones at once, the others when their answers have come. */
  async cut(): Promise<void> {
    this.state = 'cut';
    await pause(GRACE_MS);
    this.dropAll();
  }

  /** Takes connections and bytes, and passes nothing on. */
  silence(): void {
    this.state = 'silent';
  }

  /** Everything takes so much longer, each way. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** What was swallowed is gone: those connections end. */
  restore(): void {
    if (this.state === 'silent') this.dropAll();
    this.state = 'open';
    this.delayMs = 0;
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: Socket): void {
    if (this.state === 'cut') {
      client.destroy();
      target.destroy();
      return;
    }
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.sockets.add(one);
      one.on('data', (chunk) => this.pass(chunk, other, one === target));
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }

  private pass(chunk: Buffer, to: Socket, isAnswer: boolean): void {
    if (this.state !== 'open' && !isAnswer) return;
    if (this.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.destroyed || to.write(chunk), this.delayMs);
  }

  private dropAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
