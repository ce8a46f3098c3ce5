import { TenantConfigurationError } from '../configuration/configuration-error.js';
import { DEFAULT_CLIENT, DEFAULT_PORT, defaultClients } from '../defaults.js';
import type { LocalTenantOptions, TenantClient } from '../options.js';
import { CONTROL_SECRET, type CliArguments } from './arguments.js';

const OF_WEB_APP = ['client-id', 'client-secret', 'callback', 'logout'] as const;

/** The options of the tenant to start: those of the command line, then those of the file, then the defaults. */
export function tenantOptions(
  args: CliArguments,
  file: LocalTenantOptions,
  environment: NodeJS.ProcessEnv,
): LocalTenantOptions {
  const clash = OF_WEB_APP.filter((name) => args[name] !== undefined && file.clients);
  if (clash.length > 0) {
    throw new TenantConfigurationError(clash.map((name) => `--${name}: the configuration file has its own clients`));
  }
  const secret = environment[CONTROL_SECRET];
  return {
    ...file,
    port: args.port === undefined ? (file.port ?? DEFAULT_PORT) : Number(args.port || Number.NaN),
    hostname: args.hostname ?? file.hostname,
    listen: args.listen ?? file.listen,
    customDomains: args['custom-domain'] ?? file.customDomains,
    clients: file.clients ?? defaultClients(file.apis).map((one) => (one === DEFAULT_CLIENT ? webApp(args) : one)),
    controlApi: args.control ? (secret === undefined ? true : { secret }) : file.controlApi,
  };
}

function webApp(args: CliArguments): TenantClient {
  return {
    ...DEFAULT_CLIENT,
    clientId: args['client-id'] ?? DEFAULT_CLIENT.clientId,
    clientSecret: args['client-secret'] ?? DEFAULT_CLIENT.clientSecret,
    redirectUris: args.callback ?? DEFAULT_CLIENT.redirectUris,
    logoutUrls: args.logout ?? DEFAULT_CLIENT.logoutUrls,
  };
}
