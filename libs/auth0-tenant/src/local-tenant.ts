import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { TenantControl } from './control/tenant-control.js';
import { resolveOptions } from './defaults.js';
import { Issuers } from './openid/issuers.js';
import { SigningKeys } from './openid/signing-keys.js';
import type { LocalTenantOptions, ResolvedOptions, TenantClient } from './options.js';
import { Tenant } from './tenant.js';

/** A tenant that runs. */
export interface LocalTenant {
  /** What a client takes as its domain, e.g. `http://localhost:4400`. */
  readonly domain: string;
  /** The issuer, which ends with a slash. */
  readonly issuer: string;
  readonly port: number;
  /** Scripts the tenant from a test. */
  readonly control: TenantControl;
  /** Registers a client, or replaces the one of the same id. */
  addClient(client: TenantClient): void;
  /** Stops the server; calls that are held are let go. */
  stop(): Promise<void>;
}

/**
 * Starts a tenant on the loopback interface.
 *
 * @example
 * const tenant = await startLocalTenant();
 * tenant.addClient({ clientId: 'app', clientSecret: 'secret', redirectUris: ['http://localhost:3000/callback'] });
 */
export async function startLocalTenant(options: LocalTenantOptions = {}): Promise<LocalTenant> {
  const resolved = resolveOptions(options);
  const tenant = new Tenant(resolved, await SigningKeys.generate());
  const server = createHttpServer(resolved);
  const port = await listen(server, resolved.port);
  const scheme = resolved.tls ? 'https' : 'http';
  tenant.issuers = [resolved.hostname, ...resolved.customDomains].map((name) => `${scheme}://${name}:${port}/`);
  const issuers = new Issuers(tenant);
  server.on('request', (request, response) => {
    void issuers.handle(request, response);
  });
  const issuer = tenant.issuers[0]!;
  return {
    domain: issuer.slice(0, -1),
    issuer,
    port,
    control: new TenantControl(tenant, issuers),
    addClient: (client) => {
      tenant.clients.set(client.clientId, client);
    },
    stop: async () => {
      tenant.faults.releaseAll();
      await close(server);
    },
  };
}

function createHttpServer({ tls }: ResolvedOptions): Server {
  // Certificates of unknown authorities are let in: a client may be known by its own, self-signed one.
  return tls ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }) : createServer();
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
