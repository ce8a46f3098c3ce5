import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import type { TenantTls } from '../options.js';

/** Loopback in both families; a machine without the second is content with the first. */
const LOOPBACK = ['127.0.0.1', '::1'];
const MISSING_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);
/** With any free port, one that is free in one family may be taken in the other. */
const ATTEMPTS = 10;

/** Where to listen. */
export interface ListenOptions {
  /** 0: any free port. */
  port: number;
  /** Default: loopback. */
  listen?: string[];
  tls?: TenantTls;
}

/** One port, listened to on several addresses. */
export class Listener {
  private constructor(
    readonly port: number,
    private readonly servers: Server[],
  ) {}

  static async open(options: ListenOptions): Promise<Listener> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await openOnce(options, (port, servers) => new Listener(port, servers));
      } catch (error) {
        const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!isTaken || options.port !== 0 || attempt === ATTEMPTS) throw error;
      }
    }
  }

  handle(handler: RequestListener): void {
    for (const server of this.servers) server.on('request', handler);
  }

  /** Stops; open connections are cut. */
  async close(): Promise<void> {
    await Promise.all(this.servers.map(close));
  }
}

async function openOnce(
  { port: wanted, listen, tls }: ListenOptions,
  make: (port: number, servers: Server[]) => Listener,
): Promise<Listener> {
  const servers: Server[] = [];
  let port = wanted;
  try {
    for (const address of listen ?? LOOPBACK) {
      const server = newServer(tls);
      try {
        port = await start(server, port, address);
        servers.push(server);
      } catch (error) {
        const isMissing = MISSING_ADDRESS.has((error as NodeJS.ErrnoException).code ?? '');
        if (!isMissing || listen || servers.length === 0) throw error;
      }
    }
    return make(port, servers);
  } catch (error) {
    await Promise.all(servers.map(close));
    throw error;
  }
}

function newServer(tls: TenantTls | undefined): Server {
  // Certificates of unknown authorities are let in: a client may be known by its own, self-signed one.
  return tls ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }) : createServer();
}

async function start(server: Server, port: number, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: address, ipv6Only: address.includes(':') }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
