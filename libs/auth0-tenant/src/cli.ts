#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { DEFAULT_CLIENT, DEFAULT_CONNECTIONS, DEFAULT_USERS } from './defaults.js';
import { startLocalTenant } from './local-tenant.js';
import type { TenantClient } from './options.js';

const HELP = `auth0-local-tenant: a strict local Auth0 tenant for development

  --port <number>           default 4400
  --hostname <name>         default localhost
  --client-id <id>          default ${DEFAULT_CLIENT.clientId}
  --client-secret <secret>  default ${DEFAULT_CLIENT.clientSecret}
  --callback <url>          an Allowed Callback URL, repeatable; default ${DEFAULT_CLIENT.redirectUris[0]}
  --logout <url>            an Allowed Logout URL, repeatable; default ${DEFAULT_CLIENT.logoutUrls?.[0]}
  --custom-domain <name>    a further host name with its own issuer, repeatable
  --help
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4400' },
      hostname: { type: 'string' },
      'client-id': { type: 'string' },
      'client-secret': { type: 'string' },
      callback: { type: 'string', multiple: true },
      logout: { type: 'string', multiple: true },
      'custom-domain': { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const client: TenantClient = {
    ...DEFAULT_CLIENT,
    clientId: values['client-id'] ?? DEFAULT_CLIENT.clientId,
    clientSecret: values['client-secret'] ?? DEFAULT_CLIENT.clientSecret,
    redirectUris: values.callback ?? DEFAULT_CLIENT.redirectUris,
    logoutUrls: values.logout ?? DEFAULT_CLIENT.logoutUrls,
  };
  const tenant = await startLocalTenant({
    port: readPort(values.port),
    hostname: values.hostname,
    customDomains: values['custom-domain'],
    clients: [client],
  });
  process.stdout.write(describe(tenant.domain, client));
  const stop = () => void tenant.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`not a port: ${text}`);
  return port;
}

function describe(domain: string, client: TenantClient): string {
  return `
Local Auth0 tenant at ${domain}

  AUTH0_DOMAIN=${domain}
  AUTH0_CLIENT_ID=${client.clientId}
  AUTH0_CLIENT_SECRET=${client.clientSecret}

  callback URLs  ${client.redirectUris.join(', ')}
  logout URLs    ${client.logoutUrls?.join(', ')}
  users          ${DEFAULT_USERS.map(({ name }) => name).join(', ')} (no passwords: choose one on the login page)
  connections    ${DEFAULT_CONNECTIONS.map(({ name }) => name).join(', ')}
  discovery      ${domain}/.well-known/openid-configuration

Everything is kept in memory. Stop with Ctrl+C.
`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`auth0-local-tenant: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
