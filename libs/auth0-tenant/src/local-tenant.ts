import { randomBytes } from 'node:crypto';
import { checkOptions } from './configuration/check-options.js';
import { controlApi } from './control/http/control-api.js';
import { TenantControl } from './control/tenant-control.js';
import { issuerAt } from './http/hosts.js';
import { Listener } from './http/listener.js';
import { Issuers } from './issuers.js';
import { SigningKeys } from './state/signing-keys.js';
import type { LocalTenantOptions, ResolvedOptions, TenantClient, TenantTls } from './options.js';
import { Tenant } from './state/tenant.js';
import { createLocalCertificate } from './tls/certificates.js';

/** A tenant that runs. */
export interface LocalTenant {
  /** What a client takes as its domain, e.g. `http://localhost:4477`. */
  readonly domain: string;
  /** The issuer, which ends with a slash. */
  readonly issuer: string;
  readonly port: number;
  /** The authority's certificate in PEM, when the tenant made its own (`tls: true`). */
  readonly certificateAuthority?: string;
  /** Where and with which secret another process scripts the tenant, when `controlApi` is on. */
  readonly controlApi?: { readonly url: string; readonly secret: string };
  /** Scripts the tenant from a test. */
  readonly control: TenantControl;
  /** Registers a client, or replaces the one of the same id. @throws TenantConfigurationError */
  addClient(client: TenantClient): void;
  /** Stops the server; calls that are held are let go. */
  stop(): Promise<void>;
  /** Stops at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a tenant on the loopback interface.
 *
 * @throws TenantConfigurationError with every mistake in the options at once
 * @example
 * await using tenant = await startLocalTenant();
 * tenant.addClient({ clientId: 'app', clientSecret: 'secret', redirectUris: ['http://localhost:3000/callback'] });
 */
export async function startLocalTenant(options: LocalTenantOptions = {}): Promise<LocalTenant> {
  const resolved = checkOptions(options);
  const { tls, authority } = certificateFor(resolved);
  const tenant = new Tenant(resolved, await SigningKeys.generate());
  const listener = await Listener.open({ port: resolved.port, listen: resolved.listen, tls });
  const { port } = listener;
  const scheme = tls ? 'https' : 'http';
  tenant.issuers = [resolved.hostname, ...resolved.customDomains].map((name) => issuerAt(scheme, name, port));
  const issuer = tenant.issuers[0]!;
  const issuers = new Issuers(tenant);
  const control = new TenantControl(tenant, issuers);
  const secret = controlSecret(resolved);
  const handleControl = controlApi(control, secret);
  listener.handle((request, response) => {
    void handleControl(request, response, () => issuers.handle(request, response));
  });
  const stop = async () => {
    tenant.faults.releaseAll();
    await listener.close();
    tenant.keys.release();
  };
  return {
    domain: issuer.slice(0, -1),
    issuer,
    port,
    certificateAuthority: authority,
    controlApi: secret === undefined ? undefined : { url: `${issuer}local-tenant/control`, secret },
    control,
    addClient: (client) => control.addClient(client),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function certificateFor(options: ResolvedOptions): { tls?: TenantTls; authority?: string } {
  const { hostname, customDomains, tls } = options;
  if (tls !== true) return { tls };
  const names = [...new Set([hostname, ...customDomains, 'localhost', '127.0.0.1', '[::1]'])];
  const { key, cert, authority } = createLocalCertificate(names);
  return { tls: { key, cert }, authority };
}

function controlSecret({ controlApi: given }: ResolvedOptions): string | undefined {
  if (given === false) return undefined;
  return given === true ? randomBytes(24).toString('base64url') : given.secret;
}
