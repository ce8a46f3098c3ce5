import type { TenantClient } from '../options.js';
import type { Tenant } from '../state/tenant.js';

/** An application somebody can be sent to. */
export interface Application {
  name: string;
  url: string;
}

/** What people call an application. */
export function nameOf(client: TenantClient | undefined, clientId: string): string {
  return client?.name ?? clientId;
}

/** Where there is a way back to from a page that leads nowhere: to the application it is about, else to any. */
export function waysBack(tenant: Tenant, clientId?: string): Application[] {
  const client = tenant.clients.get(clientId ?? '');
  const own = client ? applicationOf(client) : undefined;
  return own ? [own] : [...tenant.clients.values()].flatMap((one) => applicationOf(one) ?? []);
}

/** The front page of an application, as far as its URLs tell; a native application has none. */
function applicationOf(client: TenantClient): Application | undefined {
  const [url] = [...(client.logoutUrls ?? []), ...client.redirectUris.map((uri) => new URL(uri).origin)];
  return url?.startsWith('http') ? { name: nameOf(client, client.clientId), url } : undefined;
}
