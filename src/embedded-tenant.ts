import { randomBytes } from 'node:crypto';
import {
  DEFAULT_APIS,
  DEFAULT_PORT,
  startLocalTenant,
  TOKEN_VAULT_GRANT,
  type LocalTenant,
  type LocalTenantOptions,
  type TenantApi,
} from 'auth0-local-tenant';
import { READ_EVENTS } from './agenda/events-api.js';
import type { AppEnvironment, Environment } from './environment.js';

export interface EmbeddedTenant {
  tenant: LocalTenant;
  environment: AppEnvironment;
}

/**
 * Starts the local tenant for an environment without `AUTH0_DOMAIN`, with the app as its client and as an API with a
 * client of its own.
 *
 * The tenant forgets everybody when it stops. So each start is a client of its own with a secret of its own: logins
 * kept in the database from before belong to nobody any more, and people log in again.
 */
export async function startEmbeddedTenant(environment: Environment): Promise<EmbeddedTenant> {
  const { appBaseUrl } = environment;
  const { audience } = environment.authorizationParams;
  const client = { clientId: `daylight-${randomText(4)}`, clientSecret: randomText(32) };
  const api = {
    audience: `${appBaseUrl}/api`,
    clientId: `daylight-api-${randomText(4)}`,
    clientSecret: randomText(32),
  };
  const tenant = await startNearDefaultPort({
    hostname: 'localhost',
    clients: [
      { ...client, name: 'Daylight', redirectUris: [`${appBaseUrl}/auth/callback`], logoutUrls: [appBaseUrl] },
      {
        clientId: api.clientId,
        clientSecret: api.clientSecret,
        redirectUris: [],
        grantTypes: [TOKEN_VAULT_GRANT],
        api: api.audience,
      },
    ],
    apis: withAudience(audience, [...DEFAULT_APIS, { identifier: api.audience, scopes: [READ_EVENTS] }]),
  });
  const auth0 = { domain: tenant.domain, ...client, secrets: [randomText(32)], api };
  return { tenant, environment: { ...environment, auth0 } };
}

/** What a login asks for has to be there. */
function withAudience(audience: string | undefined, apis: TenantApi[]): TenantApi[] {
  if (audience === undefined || apis.some(({ identifier }) => identifier === audience)) return apis;
  return [...apis, { identifier: audience, scopes: [] }];
}

async function startNearDefaultPort(options: LocalTenantOptions): Promise<LocalTenant> {
  try {
    return await startLocalTenant({ ...options, port: DEFAULT_PORT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startLocalTenant({ ...options, port: 0 });
  }
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
