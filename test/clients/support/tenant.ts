import { startLocalTenant, TOKEN_VAULT_GRANT, type LocalTenant, type LocalTenantOptions } from 'auth0-local-tenant';
import { inject } from 'vitest';

export const API = 'https://api.example.com';
export const ORDERS = 'https://orders.example.com';
export const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

/** The confidential application that most clients act as. */
export const WEB = { clientId: 'web', clientSecret: 'web-secret' };

/** The client linked to the API. */
export const API_CLIENT = {
  clientId: 'api',
  clientSecret: 'api-secret',
  redirectUris: [],
  grantTypes: [TOKEN_VAULT_GRANT],
  api: API,
};

/** A machine that may read events. */
export const MACHINE = {
  clientId: 'machine',
  clientSecret: 'machine-secret',
  redirectUris: [],
  grantTypes: ['client_credentials'],
  clientGrants: [{ audience: API, scopes: ['read:events'] }],
};

/** A tenant with two APIs: over HTTPS, which most clients insist on, unless told otherwise. */
export async function startTenant(options: LocalTenantOptions = {}): Promise<LocalTenant> {
  return startLocalTenant({
    tls: inject('certificate'),
    clients: [API_CLIENT, MACHINE],
    apis: [
      { identifier: API, scopes: ['read:events', 'write:events'] },
      { identifier: ORDERS, scopes: ['read:orders'] },
    ],
    ...options,
  });
}

/** What clients call the domain: without a scheme. */
export function domainOf(tenant: LocalTenant): string {
  return new URL(tenant.issuer).host;
}
