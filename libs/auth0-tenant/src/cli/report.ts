import { DEFAULT_CONNECTIONS, DEFAULT_USERS } from '../defaults.js';
import { isLoopback } from '../http/loopback.js';
import type { LocalTenant } from '../local-tenant.js';
import type { LocalTenantOptions } from '../options.js';

/** A tenant that was started from the command line. */
export interface Started {
  tenant: LocalTenant;
  options: LocalTenantOptions;
  /** The file to trust because of which the tenant's certificate is trusted. */
  authorityFile?: string;
  /** The secret of the control API, when it was made and so is known to nobody yet. */
  newSecret?: string;
}

/** Everything another program needs to know, in one line. */
export function jsonReport({ tenant, options, authorityFile, newSecret }: Started): string {
  const { domain, issuer, port, controlApi } = tenant;
  const clients = (options.clients ?? []).map(({ clientId, clientSecret, name }) => ({ clientId, clientSecret, name }));
  const control = controlApi && {
    url: controlApi.url,
    ...(newSecret === undefined ? undefined : { secret: newSecret }),
  };
  const process = { pid: globalThis.process.pid };
  return `${JSON.stringify({ domain, issuer, port, ...process, clients, controlApi: control, authorityFile })}\n`;
}

/** Everything a person needs to know. */
export function textReport({ tenant, options, authorityFile, newSecret }: Started): string {
  const { domain, controlApi } = tenant;
  const web = options.clients?.find(({ redirectUris }) => redirectUris.length > 0);
  const users = options.users ?? DEFAULT_USERS;
  const connections = options.connections ?? DEFAULT_CONNECTIONS;
  const others = options.clients?.filter((client) => client !== web) ?? [];
  const rows = [
    ['callback URLs', list(web?.redirectUris)],
    ['logout URLs', list(web?.logoutUrls)],
    ['other clients', list(others.map(({ clientId }) => clientId))],
    ['users', `${list(users.map(({ name }) => name))} (no passwords: choose one on the login page)`],
    ['connections', list(connections.map(({ name }) => name))],
    ['discovery', `${domain}/.well-known/openid-configuration`],
    ...(authorityFile === undefined ? [] : [['trust it with', `NODE_EXTRA_CA_CERTS=${authorityFile}`]]),
    ...(controlApi === undefined ? [] : [['control API', controlApi.url]]),
    ...(newSecret === undefined ? [] : [['its secret', newSecret]]),
  ];
  return `
Local Auth0 tenant at ${domain}

  AUTH0_DOMAIN=${domain}
  AUTH0_CLIENT_ID=${web?.clientId}
  AUTH0_CLIENT_SECRET=${web?.clientSecret ?? ''}

${rows.map(([name = '', value]) => `  ${name.padEnd(14)} ${value}`).join('\n')}

Everything is kept in memory. Stop with Ctrl+C.
`;
}

/** What is to be said of a tenant that others than this machine can reach. */
export function openToOthers({ listen = [] }: LocalTenantOptions): string | undefined {
  const others = listen.filter((address) => address !== 'localhost' && !isLoopback(address));
  if (others.length === 0) return undefined;
  return `auth0-local-tenant: listens on ${list(others)}: whoever reaches it can log in as anybody.\n`;
}

function list(values: string[] = []): string {
  return values.join(', ') || '-';
}
