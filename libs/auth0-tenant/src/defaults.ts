import {
  TOKEN_VAULT_GRANT,
  type LocalTenantOptions,
  type ResolvedOptions,
  type TenantApi,
  type TenantClient,
  type TenantConnection,
  type TenantUser,
} from './options.js';

/** The port that `npx auth0-local-tenant` listens on; assigned to nobody. */
export const DEFAULT_PORT = 4477;

/** The regular web application a tenant has when no clients are given. */
export const DEFAULT_CLIENT: TenantClient = {
  clientId: 'local-client',
  name: 'Local web app',
  clientSecret: 'local-client-secret',
  redirectUris: ['http://localhost:3000/auth/callback'],
  logoutUrls: ['http://localhost:3000'],
};

function portrait(initial: string, color: string): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${color}"/>` +
    `<text x="20" y="26" font-size="18" font-family="sans-serif" text-anchor="middle" fill="#fff">${initial}</text></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

function person(nickname: string, color: string): TenantUser {
  const name = nickname[0]!.toUpperCase() + nickname.slice(1);
  return {
    userId: `auth0|${nickname}`,
    name: `${name} Example`,
    nickname,
    email: `${nickname}@example.com`,
    emailVerified: true,
    picture: portrait(name[0]!, color),
  };
}

/** Alice, Bob and Carol. */
export const DEFAULT_USERS: TenantUser[] = [
  person('alice', '#6d5bd0'),
  person('bob', '#0f8b8d'),
  person('carol', '#c2573f'),
];

/** Google (two accounts per person), GitHub and Slack. */
export const DEFAULT_CONNECTIONS: TenantConnection[] = [
  {
    name: 'google-oauth2',
    strategy: 'google-oauth2',
    displayName: 'Google',
    scopes: [
      'openid',
      'email',
      'profile',
      'offline_access',
      'https://www.googleapis.com/auth/userinfo.email',
      'https://www.googleapis.com/auth/userinfo.profile',
      'https://www.googleapis.com/auth/calendar',
      'https://www.googleapis.com/auth/calendar.readonly',
      'https://www.googleapis.com/auth/calendar.events',
      'https://www.googleapis.com/auth/calendar.events.readonly',
      'https://www.googleapis.com/auth/calendar.freebusy',
      'https://www.googleapis.com/auth/gmail.readonly',
      'https://www.googleapis.com/auth/drive.readonly',
      'https://www.googleapis.com/auth/contacts.readonly',
    ],
    defaultScopes: [
      'openid',
      'email',
      'profile',
      'offline_access',
      'https://www.googleapis.com/auth/calendar.readonly',
    ],
    accounts: Object.fromEntries(
      DEFAULT_USERS.map((user, index) => [
        user.userId,
        [
          { id: `10000000000000000${index}1`, email: `${user.nickname}@gmail.example`, name: user.name },
          { id: `10000000000000000${index}2`, email: `${user.nickname}@work.example`, name: `${user.name} (work)` },
        ],
      ]),
    ),
  },
  {
    name: 'github',
    strategy: 'github',
    displayName: 'GitHub',
    scopes: ['repo', 'public_repo', 'read:user', 'user', 'user:email', 'read:org', 'gist', 'notifications', 'workflow'],
    defaultScopes: ['repo', 'read:user'],
    scopeSeparator: ',',
  },
  {
    name: 'slack',
    strategy: 'slack',
    displayName: 'Slack',
    scopes: [
      'channels:read',
      'channels:history',
      'groups:read',
      'im:read',
      'mpim:read',
      'chat:write',
      'users:read',
      'users:read.email',
      'search:read',
    ],
    defaultScopes: ['channels:read', 'users:read'],
    scopeSeparator: ',',
  },
];

const EXAMPLE_API: TenantApi = {
  identifier: 'https://api.example.com',
  name: 'Example API',
  scopes: ['read:events', 'write:events', 'read:profile', 'write:profile'],
};

/** One example API. */
export const DEFAULT_APIS: TenantApi[] = [EXAMPLE_API];

const SINGLE_PAGE_APP: TenantClient = {
  clientId: 'local-spa',
  name: 'Local single-page app',
  redirectUris: ['http://localhost:3000', 'http://localhost:5173'],
  logoutUrls: ['http://localhost:3000', 'http://localhost:5173'],
  webOrigins: ['http://localhost:3000', 'http://localhost:5173'],
  grantTypes: ['authorization_code', 'refresh_token'],
};

/** The example API's own client, for the access-token exchange, and a worker that calls the API for itself. */
function clientsOfExample({ identifier, scopes }: TenantApi): TenantClient[] {
  return [
    {
      clientId: 'local-api',
      name: 'Example API',
      clientSecret: 'local-api-secret',
      redirectUris: [],
      grantTypes: [TOKEN_VAULT_GRANT],
      api: identifier,
    },
    {
      clientId: 'local-worker',
      name: 'Local worker',
      clientSecret: 'local-worker-secret',
      redirectUris: [],
      grantTypes: ['client_credentials'],
      clientGrants: [{ audience: identifier, scopes }],
    },
  ];
}

/** The applications when none are given: a web app, a single-page app and, where the example API is, two of its. */
export function defaultClients(apis: TenantApi[] = DEFAULT_APIS): TenantClient[] {
  const example = apis.find(({ identifier }) => identifier === EXAMPLE_API.identifier);
  return [DEFAULT_CLIENT, SINGLE_PAGE_APP, ...(example ? clientsOfExample(example) : [])];
}

/** The applications a tenant has when neither clients nor APIs are given. */
export const DEFAULT_CLIENTS: TenantClient[] = defaultClients();

/** Fills in everything a caller left out. */
export function resolveOptions(options: LocalTenantOptions): ResolvedOptions {
  const apis = options.apis ?? DEFAULT_APIS;
  return {
    port: options.port ?? 0,
    hostname: options.hostname ?? 'localhost',
    customDomains: options.customDomains ?? [],
    clients: options.clients ?? defaultClients(apis),
    users: options.users ?? DEFAULT_USERS,
    connections: options.connections ?? DEFAULT_CONNECTIONS,
    apis,
    organizations: options.organizations ?? [],
    dpopNonce: options.dpopNonce ?? false,
    listen: options.listen,
    tls: options.tls,
    controlApi: options.controlApi ?? false,
    customTokenExchange: options.customTokenExchange,
  };
}
