import { generateKeyPairSync } from 'node:crypto';
import { ConfigurationError, type Auth0ConnectExtras, type Auth0ConnectOptions } from 'nestjs-auth0-connect';
import { describe, expect, it } from 'vitest';
import { resolveExtras } from '../../libs/auth0-connect/src/options/extras.js';
import { resolveOptions } from '../../libs/auth0-connect/src/options/resolve-options.js';
import { declaredOptions } from './declared-options.js';

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const GOOD = {
  domain: 'example.eu.auth0.com',
  clientId: 'client',
  clientSecret: 'secret',
  secret: 'a test secret that is long enough',
  appBaseUrl: 'https://app.example.com',
};
const SIGNED = { clientSecret: undefined };
const API = { apiAudience: 'https://api.example.com' };
const WORKER = { privateKey: PEM, auditContext: 'nightly report' };

const seconds = (name: string, least: number) => `${name} must be a whole number of at least ${least}`;
const flag = (name: string) => `${name} must be true or false`;
const route = (name: string) =>
  `routes.${name} must be a path of letters, digits, ".", "_", "~", "-" and "/", or false`;

/** What an option cannot be, and all that the start-up says of it. */
const REFUSED: Record<string, [given: object, problem: string, ...others: string[]][]> = {
  domain: [
    [{ domain: undefined }, 'domain is required, such as "example.eu.auth0.com"'],
    [{ domain: 7 }, 'domain is required, such as "example.eu.auth0.com"'],
    [{ domain: 'https://example.auth0.com/authorize' }, 'domain must be a host name, such as "example.eu.auth0.com"'],
    [{ domain: 'https://a:b@example.auth0.com' }, 'domain must be a host name, such as "example.eu.auth0.com"'],
    [{ domain: 'ftp://example.auth0.com' }, 'domain must be a host name, such as "example.eu.auth0.com"'],
    [
      { domain: 'http://example.auth0.com', allowInsecureHttp: true },
      'domain uses http: only a loopback address may, such as "http://localhost:4477", with allowInsecureHttp: true',
    ],
    [
      { domain: ['example.eu.auth0.com'] },
      'domain.resolve must be a function of the request',
      'domain.allowed must be a list of one or more',
    ],
  ],
  'domain.allowed': [
    [{ domain: { allowed: [], resolve: () => '' } }, 'domain.allowed must be a list of one or more'],
    [{ domain: { allowed: 'a.example.com', resolve: () => '' } }, 'domain.allowed must be a list of one or more'],
    [
      { domain: { allowed: ['a.example.com', 'b.example.com/x'], resolve: () => '' } },
      'domain.allowed[1] must be a host name, such as "example.eu.auth0.com"',
    ],
  ],
  'domain.resolve': [
    [
      { domain: { allowed: ['a.example.com'], resolve: 'a.example.com' } },
      'domain.resolve must be a function of the request',
    ],
  ],
  clientId: [
    [{ clientId: ' ' }, 'clientId is required'],
    [{ clientId: 7 }, 'clientId is required'],
  ],
  clientSecret: [
    [{ clientSecret: undefined }, 'clientSecret is required'],
    [{ clientSecret: '' }, 'clientSecret is required'],
    [
      { clientAuth: { method: 'private_key_jwt', privateKey: PEM } },
      'clientSecret is for the method "client_secret_post" and not for "private_key_jwt": leave it out, or choose that method',
    ],
  ],
  clientAuth: [[{ clientAuth: 'private_key_jwt' }, 'clientAuth must be an object, such as { method }']],
  'clientAuth.method': [
    [
      { clientAuth: { method: 'none' } },
      'clientAuth.method must be one of client_secret_post, client_secret_basic, private_key_jwt, tls_client_auth',
    ],
  ],
  'clientAuth.privateKey': [
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt' } },
      'clientAuth.privateKey is required for "private_key_jwt"',
    ],
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: [] } },
      'clientAuth.privateKey is an empty list',
    ],
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: 'no key' } },
      'clientAuth.privateKey cannot be read: it must be a private key as PEM without a passphrase, a JWK or a CryptoKey',
    ],
  ],
  'clientAuth.keyId': [
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: PEM, keyId: '' } },
      'clientAuth.privateKey: keyId must be a string',
    ],
  ],
  'clientAuth.algorithm': [
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: PEM, algorithm: 'HS256' } },
      'clientAuth.privateKey: algorithm must be one that fits the key: RS256, RS384, RS512, PS256, PS384, PS512',
    ],
  ],
  'clientAuth.certificate': [
    [
      { ...SIGNED, clientAuth: { method: 'tls_client_auth', key: PEM } },
      'clientAuth.certificate must be a certificate as PEM',
    ],
  ],
  'clientAuth.key': [
    [
      { ...SIGNED, clientAuth: { method: 'tls_client_auth', certificate: 'x', key: 'x' } },
      'clientAuth.certificate must be a certificate as PEM',
      'clientAuth.key must be a private key as PEM without a passphrase',
    ],
  ],
  'clientAuth.ca': [
    [
      { ...SIGNED, clientAuth: { method: 'tls_client_auth', key: PEM, ca: 7 } },
      'clientAuth.certificate must be a certificate as PEM',
      'clientAuth.ca must be a certificate as PEM',
    ],
  ],
  'privateKey.key': [
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: [{ key: 7 }] } },
      'clientAuth.privateKey[0] cannot be read: it must be a private key as PEM without a passphrase, a JWK or a CryptoKey',
    ],
  ],
  'privateKey.keyId': [
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: [{ key: PEM, keyId: 7 }] } },
      'clientAuth.privateKey[0]: keyId must be a string',
    ],
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: [{ key: PEM }, { key: PEM, keyId: 'a' }] } },
      'clientAuth.privateKey is a list: each key needs a keyId of its own, so that Auth0 can tell them apart',
    ],
  ],
  'privateKey.algorithm': [
    [
      { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: [{ key: PEM, algorithm: 'ES256' }] } },
      'clientAuth.privateKey[0]: algorithm must be one that fits the key: RS256, RS384, RS512, PS256, PS384, PS512',
    ],
  ],
  pushedAuthorizationRequests: [[{ pushedAuthorizationRequests: 'yes' }, flag('pushedAuthorizationRequests')]],
  dpop: [[{ dpop: 1 }, flag('dpop')]],
  secret: [
    [
      { secret: 'short' },
      'secret must be a string of at least 32 characters, or a list of such: `openssl rand -hex 32`',
    ],
    [{ secret: [] }, 'secret must be a string of at least 32 characters, or a list of such: `openssl rand -hex 32`'],
    [{ secret: [GOOD.secret, GOOD.secret] }, 'secret lists the same value twice'],
  ],
  appBaseUrl: [
    [
      { appBaseUrl: undefined },
      'appBaseUrl must be the absolute URL of the application, such as "https://app.example.com"',
    ],
    [
      { appBaseUrl: 'https://app.example.com/?a=1' },
      'appBaseUrl must be the absolute URL of the application, such as "https://app.example.com"',
    ],
    [
      { appBaseUrl: 'http://app.example.com' },
      'appBaseUrl must use https: outside of localhost the session cookie would travel in clear',
    ],
    [{ appBaseUrl: [] }, 'appBaseUrl must be a list of one or more'],
    [
      { appBaseUrl: ['https://app.example.com', 'app.example.com'] },
      'appBaseUrl[1] must be the absolute URL of the application, such as "https://app.example.com"',
    ],
    [
      { appBaseUrl: ['https://app.example.com', 'http://localhost:3000'] },
      'appBaseUrl lists https and http: the cookies of one would not do for the other',
    ],
  ],
  'appBaseUrl.allowed': [
    [{ appBaseUrl: { allowed: 'https://app.example.com' } }, 'appBaseUrl.allowed must be a list of one or more'],
    [
      { appBaseUrl: { allowed: ['ftp://app.example.com'] } },
      'appBaseUrl.allowed[0] must be the absolute URL of the application, such as "https://app.example.com"',
    ],
  ],
  'appBaseUrl.resolve': [
    [{ appBaseUrl: { allowed: [GOOD.appBaseUrl], resolve: 'x' } }, 'appBaseUrl.resolve must be a function'],
  ],
  trustedOrigins: [
    [
      { trustedOrigins: ['https://app.example.com/'] },
      'trustedOrigins must be a list of origins, such as "https://app.example.com", without a path',
    ],
    [
      { trustedOrigins: [7] },
      'trustedOrigins must be a list of origins, such as "https://app.example.com", without a path',
    ],
    [{ trustedOrigins: ['http://app.example.com'] }, 'trustedOrigins "http://app.example.com" must use https'],
  ],
  authorizationParams: [
    [{ authorizationParams: 'prompt=login' }, 'authorizationParams must be an object'],
    [
      { authorizationParams: { redirect_uri: 'https://app.example.com' } },
      'authorizationParams.redirect_uri is set by the library and cannot be given',
    ],
    [{ authorizationParams: { prompt: ['login'] } }, 'authorizationParams.prompt must be a string or a number'],
  ],
  'authorizationParams.audience': [
    [
      { authorizationParams: { audience: ['https://api.example.com'] } },
      'authorizationParams.audience must be a string or a number',
    ],
  ],
  'authorizationParams.scope': [
    [{ authorizationParams: { scope: 'profile email' } }, 'authorizationParams.scope must contain "openid"'],
  ],
  session: [[{ session: 'long' }, 'session must be an object']],
  'session.inactivityDurationSeconds': [
    [{ session: { inactivityDurationSeconds: 0 } }, seconds('session.inactivityDurationSeconds', 1)],
  ],
  'session.absoluteDurationSeconds': [
    [{ session: { absoluteDurationSeconds: 1.5 } }, seconds('session.absoluteDurationSeconds', 1)],
  ],
  'session.touchIntervalSeconds': [
    [{ session: { touchIntervalSeconds: '60' } }, seconds('session.touchIntervalSeconds', 1)],
  ],
  'session.endsWithRefreshToken': [[{ session: { endsWithRefreshToken: null } }, flag('session.endsWithRefreshToken')]],
  'session.maxPerUser': [[{ session: { maxPerUser: -1 } }, seconds('session.maxPerUser', 1)]],
  'session.cookie': [[{ session: { cookie: 'x' } }, 'session.cookie must be an object']],
  'session.cookie.name': [
    [
      { session: { cookie: { name: '__Host-a b' } } },
      'session.cookie.name must consist of letters, digits, "_" and "-"',
    ],
    [
      { session: { cookie: { name: 'app' } } },
      'session.cookie.name "app" must begin with "__Host-" on https: "__Host-app"',
    ],
    [
      { appBaseUrl: 'http://localhost:3000', session: { cookie: { name: '__Host-app' } } },
      'session.cookie.name "__Host-app" needs an https appBaseUrl',
    ],
  ],
  'session.cookie.sameSite': [
    [{ session: { cookie: { sameSite: 'Lax' } } }, 'session.cookie.sameSite must be "lax", "strict" or "none"'],
    [
      { appBaseUrl: 'http://localhost:3000', session: { cookie: { sameSite: 'none' } } },
      'session.cookie.sameSite "none" needs an https appBaseUrl',
    ],
  ],
  logout: [[{ logout: true }, 'logout must be an object']],
  'logout.revokeRefreshToken': [[{ logout: { revokeRefreshToken: 'yes' } }, flag('logout.revokeRefreshToken')]],
  'logout.allowedReturnTo': [
    [{ logout: { allowedReturnTo: ['/bye'] } }, 'logout.allowedReturnTo must be a list of absolute http or https URLs'],
  ],
  'logout.federated': [[{ logout: { federated: 1 } }, flag('logout.federated')]],
  failedCallbackPage: [
    [
      { failedCallbackPage: 'https://evil.example/' },
      'failedCallbackPage must be a path of the application, such as "/login-failed", or a function',
    ],
    [
      { failedCallbackPage: '//evil.example' },
      'failedCallbackPage must be a path of the application, such as "/login-failed", or a function',
    ],
  ],
  myAccountScopes: [
    [
      { myAccountScopes: ['read:me:everything'] },
      'myAccountScopes must be a list of some of create:me:connected_accounts, delete:me:connected_accounts, read:me:connected_accounts',
    ],
  ],
  apiAudience: [
    [{ apiAudience: '' }, 'apiAudience must be the identifier of the API in Auth0, such as "https://api.example.com"'],
    [{ apiAudience: GOOD.clientId }, 'apiAudience is the clientId: ID tokens would pass for access tokens'],
  ],
  apiClient: [
    [
      { apiClient: { clientId: 'api', clientSecret: 'secret' } },
      'apiClient needs apiAudience: without it no access token is taken that could be exchanged',
    ],
    [
      { ...API, apiClient: 'api' },
      'apiClient must be an object, such as { clientId, clientSecret }',
      'apiClient.clientId is required',
      'apiClient needs a clientSecret or a privateKey',
    ],
  ],
  'apiClient.clientId': [[{ ...API, apiClient: { clientSecret: 'secret' } }, 'apiClient.clientId is required']],
  'apiClient.clientSecret': [
    [{ ...API, apiClient: { clientId: 'api', clientSecret: ' ' } }, 'apiClient.clientSecret is required'],
    [
      { ...API, apiClient: { clientId: 'api', clientSecret: 'secret', privateKey: PEM } },
      'apiClient.clientSecret is for the method "client_secret_post" and not for "private_key_jwt": leave it out, or choose that method',
    ],
  ],
  'apiClient.privateKey': [
    [
      { ...API, apiClient: { clientId: 'api', privateKey: 'no key' } },
      'apiClient.privateKey cannot be read: it must be a private key as PEM without a passphrase, a JWK or a CryptoKey',
    ],
  ],
  'apiClient.keyId': [
    [
      { ...API, apiClient: { clientId: 'api', privateKey: PEM, keyId: 7 } },
      'apiClient.privateKey: keyId must be a string',
    ],
  ],
  apiScopes: [
    [
      { apiAudience: 'https://api.example.com', apiScopes: 'read' },
      'apiScopes must be a list of scopes, such as ["read:events"]',
    ],
    [{ apiScopes: ['read'] }, 'apiScopes needs apiAudience: without it there is no API to ask scopes for'],
  ],
  apiDpop: [[{ apiDpop: true }, 'apiDpop must be one of allowed, required, disabled']],
  trustProxy: [[{ trustProxy: 'loopback' }, flag('trustProxy')]],
  backgroundWork: [
    [{ backgroundWork: 'yes' }, flag('backgroundWork')],
    [
      { worker: WORKER, backgroundWork: false },
      'worker works without a session: leave backgroundWork out, or set it to true',
    ],
  ],
  worker: [
    [
      { worker: 'nightly' },
      'worker must be an object, such as { privateKey, auditContext }',
      'worker.auditContext is required, of 1 to 256 characters',
      'worker.privateKey is required',
    ],
  ],
  'worker.clientId': [[{ worker: { ...WORKER, clientId: '' } }, 'worker.clientId must be the id of a client at Auth0']],
  'worker.clientSecret': [
    [
      { worker: { ...WORKER, clientSecret: 'secret' } },
      'worker.clientSecret must be a string, and goes with a clientId of its own',
    ],
  ],
  'worker.privateKey': [
    [{ worker: { ...WORKER, privateKey: undefined } }, 'worker.privateKey is required'],
    [{ worker: { ...WORKER, privateKey: [PEM] } }, 'worker.privateKey must be one key, not a list'],
  ],
  'worker.keyId': [[{ worker: { ...WORKER, keyId: '' } }, 'worker.privateKey: keyId must be a string']],
  'worker.auditContext': [
    [{ worker: { ...WORKER, auditContext: ' ' } }, 'worker.auditContext is required, of 1 to 256 characters'],
    [
      { worker: { ...WORKER, auditContext: 'x'.repeat(257) } },
      'worker.auditContext is required, of 1 to 256 characters',
    ],
  ],
  connectLinksInErrors: [[{ connectLinksInErrors: 'yes' }, flag('connectLinksInErrors')]],
  tokenLeewaySeconds: [[{ tokenLeewaySeconds: -1 }, seconds('tokenLeewaySeconds', 0)]],
  tokenWithoutExpirySeconds: [[{ tokenWithoutExpirySeconds: Number.NaN }, seconds('tokenWithoutExpirySeconds', 0)]],
  scopeRules: [
    [{ scopeRules: [] }, 'scopeRules must be an object, by the names of connections'],
    [{ scopeRules: { crm: 'google' } }, "scopeRules.crm must be an object, such as { provider: 'google' }"],
    [
      { scopeRules: { crm: { provider: 'yahoo' } } },
      'scopeRules.crm.provider must be one of google, microsoft, github, slack',
    ],
    [
      { scopeRules: { crm: { same: [['email']] } } },
      'scopeRules.crm.same must be a list of groups of two or more scopes',
    ],
    [
      { scopeRules: { crm: { covers: { 'files:write': 'files:read' } } } },
      'scopeRules.crm.covers must be an object of lists of scopes, by the wider scope',
    ],
    [{ scopeRules: { crm: { notReturned: 'email' } } }, 'scopeRules.crm.notReturned must be a list of scopes'],
    [{ scopeRules: { crm: { ignoresCase: 1 } } }, 'scopeRules.crm.ignoresCase must be true or false'],
  ],
  maxTokensPerSession: [[{ maxTokensPerSession: '7' }, seconds('maxTokensPerSession', 1)]],
  sessionCacheSeconds: [[{ sessionCacheSeconds: true }, seconds('sessionCacheSeconds', 0)]],
  namedStatements: [[{ namedStatements: 0 }, flag('namedStatements')]],
  fetch: [[{ fetch: 'https://proxy.example.com' }, 'fetch must be a function']],
  timeoutMs: [[{ timeoutMs: Number.POSITIVE_INFINITY }, seconds('timeoutMs', 1)]],
  purgeIntervalSeconds: [
    [{ purgeIntervalSeconds: 0 }, seconds('purgeIntervalSeconds', 1)],
    [{ purgeIntervalSeconds: true }, seconds('purgeIntervalSeconds', 1)],
  ],
  telemetry: [[{ telemetry: 'yes' }, flag('telemetry')]],
  tokenCipher: [
    [{ tokenCipher: { seal: () => '' } }, 'tokenCipher must have the methods seal and open, and may have isCurrent'],
    [
      { tokenCipher: { seal: () => '', open: () => '', isCurrent: true } },
      'tokenCipher must have the methods seal and open, and may have isCurrent',
    ],
  ],
  allowInsecureHttp: [[{ allowInsecureHttp: 'yes' }, flag('allowInsecureHttp')]],
  name: [
    [{ name: 'a b' }, 'name must be a word of at most 64 letters, digits, "_" and "-"'],
    [{ name: 'x'.repeat(65) }, 'name must be a word of at most 64 letters, digits, "_" and "-"'],
  ],
  routes: [
    [{ routes: true }, 'routes must be an object, such as { prefix, login }, or false'],
    [{ routes: null }, 'routes must be an object, such as { prefix, login }, or false'],
    [{ routes: { accounts: 'callback' } }, 'routes.accounts and routes.callback are the same path "auth/callback"'],
  ],
  'routes.prefix': [
    [{ routes: { prefix: 7 } }, 'routes.prefix must be a path of letters, digits, ".", "_", "~", "-" and "/"'],
    [{ routes: { prefix: 'a/../b' } }, 'routes.prefix must be a path of letters, digits, ".", "_", "~", "-" and "/"'],
  ],
  'routes.login': [[{ routes: { login: 'a b' } }, route('login')]],
  'routes.callback': [[{ routes: { callback: true } }, route('callback')]],
  'routes.connectCallback': [[{ routes: { connectCallback: 'a?b' } }, route('connectCallback')]],
  'routes.logout': [[{ routes: { logout: ':id' } }, route('logout')]],
  'routes.backchannelLogout': [[{ routes: { backchannelLogout: '*' } }, route('backchannelLogout')]],
  'routes.profile': [[{ routes: { profile: '../x' } }, route('profile')]],
  'routes.connect': [[{ routes: { connect: 7 } }, route('connect')]],
  'routes.accounts': [[{ routes: { accounts: './x' } }, route('accounts')]],
  'routes.link': [[{ routes: { link: '../x' } }, route('link')]],
  'routes.close': [[{ routes: { close: 'a?b' } }, route('close')]],
  'routes.connections': [[{ routes: { connections: 'a//b' } }, route('connections')]],
  'routes.protectedResource': [[{ routes: { protectedResource: 'a#b' } }, route('protectedResource')]],
  'routes.decorators': [
    [
      { routes: { decorators: ['isPublic'] } },
      'routes.decorators must be a list of decorators, or a function that gives one for a route',
    ],
    [
      { routes: { decorators: () => undefined } },
      'routes.decorators must be a list of decorators, or a function that gives one for a route',
    ],
  ],
  dataSourceName: [
    [{ dataSourceName: 7 }, 'dataSourceName must be the name of a data source of TypeORM'],
    [{ dataSourceName: '' }, 'dataSourceName must be the name of a data source of TypeORM'],
  ],
  isGlobal: [[{ isGlobal: 'yes' }, flag('isGlobal')]],
};

/** What is written where no such name is. */
const MISSPELT: [given: object, problem: string][] = [
  [{ sesion: {} }, 'sesion is not an option'],
  [
    { session: { rollingDuration: 60 } },
    'session.rollingDuration is not an option; there are inactivityDurationSeconds, absoluteDurationSeconds, touchIntervalSeconds, endsWithRefreshToken, maxPerUser, cookie',
  ],
  [{ session: { cookie: { secure: true } } }, 'session.cookie.secure is not an option; there are name, sameSite'],
  [
    { logout: { returnTo: 'x' } },
    'logout.returnTo is not an option; there are revokeRefreshToken, allowedReturnTo, federated',
  ],
  [
    { domain: { allowed: ['a.example.com'], resolve: () => 'a.example.com', fallback: 'x' } },
    'domain.fallback is not an option; there are allowed, resolve',
  ],
  [
    { appBaseUrl: { allowed: [GOOD.appBaseUrl], fallback: 'x' } },
    'appBaseUrl.fallback is not an option; there are allowed, resolve',
  ],
  [
    { ...API, apiClient: { clientId: 'api', clientSecret: 'secret', clientID: 'x' } },
    'apiClient.clientID is not an option; there are clientId, clientSecret, privateKey, keyId',
  ],
  [
    { worker: { ...WORKER, lifetime: 10 } },
    'worker.lifetime is not an option; there are clientId, clientSecret, privateKey, keyId, auditContext',
  ],
  [
    { clientAuth: { kid: 'x' } },
    'clientAuth.kid is not an option; there are method, privateKey, keyId, algorithm, certificate, key, ca',
  ],
  [
    { ...SIGNED, clientAuth: { method: 'private_key_jwt', privateKey: [{ key: PEM, kid: 'x' }] } },
    'clientAuth.privateKey[0].kid is not an option; there are key, keyId, algorithm',
  ],
  [
    { scopeRules: { crm: { sames: [] } } },
    'scopeRules.crm.sames is not an option; there are provider, same, covers, notReturned, ignoresCase',
  ],
  [
    { routes: { logn: 'x' } },
    'routes.logn is not a route; there are prefix, connectCallback, protectedResource, decorators, login, callback, logout, backchannelLogout, profile, connect, link, close, accounts, connections',
  ],
];

function problemsOf(changes: object): readonly string[] {
  const { name, routes, dataSourceName, isGlobal, ...options } = { ...GOOD, ...changes } as Auth0ConnectOptions &
    Auth0ConnectExtras;
  const { instance, problems } = resolveExtras({ name, routes, dataSourceName, isGlobal });
  try {
    resolveOptions(options, { instance, problems });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('at start-up', () => {
  it('nothing is said of options that are right', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it('every option has values that it cannot have', () => {
    expect(Object.keys(REFUSED).toSorted()).toEqual([...declaredOptions().keys()].toSorted());
  });

  const cases = Object.entries(REFUSED).flatMap(([name, list]) =>
    list.map(([given, ...problems]) => ({ name, given, problems })),
  );
  it.each(cases)('$name is refused as $given', ({ given, problems }) => {
    expect(problemsOf(given)).toEqual(problems);
  });

  it.each(MISSPELT)('a name that is no option is said, with those that there are: %o', (given, problem) => {
    expect(problemsOf(given)).toEqual([problem]);
  });

  it('no message shows a secret, a key, or what was given in their place', () => {
    const everything = Object.values(REFUSED)
      .flat()
      .flatMap(([given]) => problemsOf(given))
      .join('\n');
    expect(everything).not.toMatch(/PRIVATE KEY|no key/);
    expect(everything).not.toContain(GOOD.secret);
  });
});
