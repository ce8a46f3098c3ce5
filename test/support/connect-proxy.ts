import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy as companies have them: it tunnels by `CONNECT`, and does nothing else. */
export class ConnectProxy {
  /** Where each tunnel has led, as `host:port`. */
  readonly tunnels: string[] = [];
  /** Answers every `CONNECT` with this, in place of a tunnel. */
  refusesWith: string | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connect', ({ url = '' }, client: Socket, head) => this.tunnel(url, client, head));
    server.on('connection', (socket) => this.keep(socket));
  }

  static async start(): Promise<ConnectProxy> {
    const server = createServer((_request, response) => response.writeHead(405).end());
    const proxy = new ConnectProxy(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private tunnel(to: string, client: Socket, head: Buffer): void {
    if (this.refusesWith !== undefined) return void client.end(`HTTP/1.1 ${this.refusesWith}\r\n\r\n`);
    this.tunnels.push(to);
    const { hostname, port } = new URL(`https://${to}`);
    const server = this.keep(connect(Number(port || 443), hostname));
    server.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    return socket.once('close', () => this.sockets.delete(socket));
  }
}
