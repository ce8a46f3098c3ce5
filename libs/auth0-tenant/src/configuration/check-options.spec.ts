import { describe, expect, it } from 'vitest';
import { startLocalTenant, TenantConfigurationError, type LocalTenantOptions } from '../index.js';

const WEB = { clientId: 'web', clientSecret: 'secret', redirectUris: ['http://localhost:3000/callback'] };
const USER = { userId: 'auth0|u', name: 'U', email: 'u@example.com' };
const API = { identifier: 'https://api.example.com', scopes: ['read'] };

/** What starting with these options complains about. */
async function problems(options: object): Promise<readonly string[]> {
  const error: unknown = await startLocalTenant(options as LocalTenantOptions).catch((thrown: unknown) => thrown);
  if (error instanceof TenantConfigurationError) return error.problems;
  throw new Error('the tenant started');
}

describe('the options of a tenant', () => {
  it('are all wrong at once, each by its name', async () => {
    const found = await problems({
      port: 70_000,
      hostname: 'http://localhost',
      listen: [],
      clients: [{ ...WEB, redirectUris: ['/callback'], logOutUrls: [] }],
      users: [],
      tls: { key: 'x', cert: 'y' },
      controlApi: { secret: 'short' },
      nonsense: true,
    });
    const names = found.map((problem) => problem.split(':')[0]);
    expect(names.toSorted()).toEqual([
      'clients[0]',
      'clients[0].redirectUris[0]',
      'controlApi.secret',
      'hostname',
      'listen',
      'options',
      'port',
      'tls',
      'users',
    ]);
    expect(found.join('\n')).toContain('"logOutUrls"');
    expect(found.join('\n')).toContain('"nonsense"');
  });

  it.each<[string, object, string]>([
    [
      'a secret method without secret',
      { clients: [{ ...WEB, clientSecret: undefined, tokenEndpointAuthMethod: 'client_secret_basic' }] },
      'clients[0].clientSecret',
    ],
    ['keys that are missing', { clients: [{ ...WEB, tokenEndpointAuthMethod: 'private_key_jwt' }] }, 'clients[0].jwks'],
    [
      'a certificate without subject',
      { clients: [{ ...WEB, tokenEndpointAuthMethod: 'tls_client_auth' }] },
      'clients[0].tlsClientAuthSubjectDn',
    ],
    ['a client of an unknown API', { clients: [{ ...WEB, api: 'https://other.example' }] }, 'clients[0].api'],
    [
      'a policy for an unknown API',
      { clients: [{ ...WEB, mrrtPolicies: [{ audience: 'x', scopes: [] }] }] },
      'clients[0].mrrtPolicies[0].audience',
    ],
    [
      'a policy for an unknown scope',
      { clients: [{ ...WEB, mrrtPolicies: [{ audience: 'me/', scopes: ['x'] }] }] },
      'clients[0].mrrtPolicies[0].scopes',
    ],
    ['a permission for an unknown API', { users: [{ ...USER, permissions: { x: [] } }] }, 'users[0].permissions["x"]'],
    [
      'a permission that the API lacks',
      { users: [{ ...USER, permissions: { [API.identifier]: ['write'] } }], apis: [API] },
      'users[0].permissions["https://api.example.com"]',
    ],
    [
      'a default scope that is none',
      { connections: [{ name: 'c', strategy: 'c', scopes: [], defaultScopes: ['x'] }] },
      'connections[0].defaultScopes',
    ],
    [
      'permissions without RBAC',
      { apis: [{ ...API, permissionsInAccessToken: true }] },
      'apis[0].permissionsInAccessToken',
    ],
    [
      'a member who is no user',
      { organizations: [{ id: 'org_1', name: 'one', members: ['x'] }] },
      'organizations[0].members',
    ],
    ['a client twice', { clients: [WEB, WEB] }, 'clients'],
    ['a user twice', { users: [USER, USER] }, 'users'],
    ['a host twice', { customDomains: ['LOCALHOST'] }, 'customDomains'],
    [
      'a fragment in a callback URL',
      { clients: [{ ...WEB, redirectUris: ['http://a.example/#b'] }] },
      'clients[0].redirectUris[0]',
    ],
    [
      'an origin with a path',
      { clients: [{ ...WEB, webOrigins: ['http://a.example/b'] }] },
      'clients[0].webOrigins[0]',
    ],
  ])('do not take %s', async (_, options, name) => {
    const found = await problems(options);
    expect(found).toHaveLength(1);
    expect(found[0]?.split(': ')[0]).toBe(name);
  });

  it('leave out the default client of an API that is not there', async () => {
    await using tenant = await startLocalTenant({ apis: [API] });
    expect(tenant.port).toBeGreaterThan(0);
  });
});
