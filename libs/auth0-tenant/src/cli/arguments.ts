import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_CLIENT, DEFAULT_PORT } from '../defaults.js';

/** The environment variable with the secret of the control API. */
export const CONTROL_SECRET = 'AUTH0_LOCAL_TENANT_CONTROL_SECRET';

/** What `--help` prints. */
export const HELP = `auth0-local-tenant: a strict local Auth0 tenant for development and tests

  --config <file>           a JSON file or JavaScript module with the options of startLocalTenant
  --port <number>           default ${DEFAULT_PORT}
  --hostname <name>         the name in the tenant's domain; default localhost
  --listen <address>        an address to listen on, repeatable; default 127.0.0.1 and ::1
  --custom-domain <name>    a further host name with its own issuer, repeatable
  --https                   with a certificate of its own, kept in --certificates
  --certificates <folder>   default ~/.auth0-local-tenant

  --client-id <id>          of the web app; default ${DEFAULT_CLIENT.clientId}
  --client-secret <secret>  of the web app; default ${DEFAULT_CLIENT.clientSecret}
  --callback <url>          an Allowed Callback URL of the web app, repeatable; default ${DEFAULT_CLIENT.redirectUris[0]}
  --logout <url>            an Allowed Logout URL of the web app, repeatable; default ${DEFAULT_CLIENT.logoutUrls?.[0]}

  --control                 let other processes on this machine script the tenant over HTTP;
                            the secret is that of ${CONTROL_SECRET}, or a new one, which is printed
  --json                    print one line of JSON once the tenant is ready, and nothing else
  --help
  --version
`;

/** What the command line says, before it is checked. */
export type CliArguments = ReturnType<typeof readArguments>;

/** Reads the command line. */
export function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string' },
      port: { type: 'string' },
      hostname: { type: 'string' },
      listen: { type: 'string', multiple: true },
      'custom-domain': { type: 'string', multiple: true },
      https: { type: 'boolean', default: false },
      certificates: { type: 'string', default: join(homedir(), '.auth0-local-tenant') },
      'client-id': { type: 'string' },
      'client-secret': { type: 'string' },
      callback: { type: 'string', multiple: true },
      logout: { type: 'string', multiple: true },
      control: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  return values;
}
