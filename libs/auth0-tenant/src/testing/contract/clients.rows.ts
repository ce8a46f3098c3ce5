import { decodeJwt, decodeProtectedHeader } from 'jose';
import { epochSeconds } from '../../identifiers.js';
import { DEFAULT_CLIENT, TOKEN_VAULT_GRANT } from '../../index.js';
import { authorize, CALLBACK } from '../flows.js';
import { ledTo, rule, said, type Row } from './row.js';
import { API, CALENDAR, CLOSED_API, STANDARD_API, type World } from './world.js';

const WEB = DEFAULT_CLIENT.clientId;
const AUTH0 = 'https://auth0.com/docs/';

const machineToken = async (world: World, form: Record<string, string> = {}, clientId = 'machine') =>
  world.token(clientId, { grant_type: 'client_credentials', audience: API, ...form });

const vaultExchange = async (world: World, clientId: string) =>
  world.token(clientId, {
    grant_type: TOKEN_VAULT_GRANT,
    subject_token: await world.refreshToken(clientId),
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection: 'google-oauth2',
  });

const assertedToken = async (world: World, claims: Record<string, unknown>) =>
  said(await machineToken(world, await world.assertion(claims), 'keyed'));

const shapeOf = async (world: World, audience: string): Promise<string> => {
  const { body } = await machineToken(world, { audience });
  const value = String(body.access_token);
  const names = Object.keys(decodeJwt(value)).filter((name) => ['azp', 'client_id', 'gty', 'jti'].includes(name));
  return `${decodeProtectedHeader(value).typ}: ${names.toSorted().join(', ')}`;
};

const connected = async (world: World, parameters: Record<string, string>) =>
  ledTo(await authorize(world.tenant, parameters));

/** What a client has to prove, and what it may have. */
export const CLIENT_ROWS: Row[] = [
  ...rule('A public client needs PKCE', 'OAuth 2.1, 4.1.1', {
    'authorize: public client, code_challenge': ['code', async (w) => ledTo((await w.code('spa')).callback)],
    'authorize: public client, no code_challenge': ['invalid_request', async (w) => connected(w, { client_id: 'spa' })],
    'authorize: confidential client, no code_challenge': ['code', async (w) => connected(w, {})],
    'token: public client, another code_verifier': [
      '403 invalid_grant',
      async (w) => said(await w.token('spa', { ...(await w.code('spa')).form, code_verifier: 'v'.repeat(43) })),
    ],
  }),
  ...rule(
    'Token Vault is for confidential clients',
    `${AUTH0}secure/call-apis-on-users-behalf/token-vault/configure-token-vault`,
    {
      'exchange: confidential client': ['200', async (w) => said(await vaultExchange(w, WEB))],
      'exchange: public client': ['403 unauthorized_client', async (w) => said(await vaultExchange(w, 'spa'))],
    },
  ),
  ...rule(
    'A privileged worker keeps to its grants',
    `${AUTH0}secure/call-apis-on-users-behalf/token-vault/privileged-worker-token-exchange-with-token-vault`,
    {
      'exchange: a granted connection': ['200', async (w) => said(await w.work('worker'))],
      'exchange: a connection that is not granted': [
        '403 access_denied',
        async (w) => said(await w.work('worker', { connection: 'slack' })),
      ],
      'exchange: scope=admin': ['403 access_denied', async (w) => said(await w.work('worker', { scope: 'admin' }))],
      'exchange: scope=openid admin': [
        '403 access_denied',
        async (w) => said(await w.work('worker', { scope: 'openid admin' })),
      ],
      'exchange: a scope that is granted, but not by the user': [
        '401 federated_connection_refresh_token_flow_failed',
        async (w) => said(await w.work('worker', { scope: 'email' })),
      ],
      'exchange: a narrower scope of a provider that can': [
        `200 ${CALENDAR}`,
        async (w) => {
          const answer = await w.work('worker', { scope: CALENDAR });
          return `${said(answer)} ${String(answer.body.scope)}`;
        },
      ],
      'exchange: a narrower scope of a provider that cannot': [
        '401 federated_connection_refresh_token_flow_failed',
        async (w) => said(await w.work('worker', { connection: 'github', scope: 'repo' })),
      ],
      'exchange: from an address outside ip_allowlist': [
        '403 access_denied',
        async (w) => said(await w.work('worker-elsewhere')),
      ],
      'exchange: a client without privileged access': [
        '403 unauthorized_client',
        async (w) => said(await w.work('unprivileged')),
      ],
    },
  ),
  ...rule(
    'private_key_jwt',
    `${AUTH0}get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt`,
    {
      'token: aud = issuer, exp in 1 min': ['200', async (w) => assertedToken(w, {})],
      'token: iat 5 s ahead': ['200', async (w) => assertedToken(w, { iat: epochSeconds() + 5 })],
      'token: aud = token endpoint': [
        '401 invalid_client',
        async (w) => assertedToken(w, { aud: `${w.tenant.issuer}oauth/token` }),
      ],
      'token: aud = issuer and token endpoint': [
        '401 invalid_client',
        async (w) => assertedToken(w, { aud: [w.tenant.issuer, `${w.tenant.issuer}oauth/token`] }),
      ],
      'token: aud without the slash': ['401 invalid_client', async (w) => assertedToken(w, { aud: w.tenant.domain })],
      'token: exp in 1 h': ['401 invalid_client', async (w) => assertedToken(w, { exp: epochSeconds() + 3600 })],
      'token: exp in 1 h, no iat': [
        '401 invalid_client',
        async (w) => assertedToken(w, { exp: epochSeconds() + 3600, iat: undefined }),
      ],
      'token: iat 30 s ahead': ['401 invalid_client', async (w) => assertedToken(w, { iat: epochSeconds() + 30 })],
      'token: nbf 30 s ahead': ['401 invalid_client', async (w) => assertedToken(w, { nbf: epochSeconds() + 30 })],
      'token: expired': ['401 invalid_client', async (w) => assertedToken(w, { exp: epochSeconds() - 60 })],
      'token: jti of 65 characters': ['401 invalid_client', async (w) => assertedToken(w, { jti: 'j'.repeat(65) })],
    },
  ),
  ...rule(
    'Client credentials need a client grant',
    `${AUTH0}get-started/applications/application-access-to-apis-client-grants`,
    {
      'token: no scope gives all that is granted': [
        '200 read:events',
        async (w) => {
          const answer = await machineToken(w);
          return `${said(answer)} ${String(answer.body.scope)}`;
        },
      ],
      'token: nothing granted, no scope member': [
        '200 without scope',
        async (w) => {
          const answer = await machineToken(w, { audience: STANDARD_API });
          return `${said(answer)} ${'scope' in answer.body ? 'with' : 'without'} scope`;
        },
      ],
      'token: a scope that is not granted': [
        '403 access_denied',
        async (w) => said(await machineToken(w, { scope: 'read:events write:events' })),
      ],
      'token: an API without a grant': [
        '403 access_denied',
        async (w) => said(await machineToken(w, { audience: CLOSED_API, ...(await w.assertion()) }, 'keyed')),
      ],
      'token: an unknown API': [
        '403 access_denied',
        async (w) => said(await machineToken(w, { audience: 'https://x.example' })),
      ],
      'token: no audience': ['403 access_denied', async (w) => said(await machineToken(w, { audience: '' }))],
      'token: My Account': [
        '403 access_denied',
        async (w) => said(await machineToken(w, { audience: `${w.tenant.issuer}me/` })),
      ],
    },
  ),
  ...rule('An API may want a client grant for users', `${AUTH0}get-started/apis/api-access-policies-for-applications`, {
    'authorize: a client with the grant': [
      'code',
      async (w) => connected(w, { client_id: 'with-grant', audience: CLOSED_API }),
    ],
    'authorize: a client without': ['invalid_request', async (w) => connected(w, { audience: CLOSED_API })],
    'authorize: My Account, a client with a policy for it': [
      'code',
      async (w) => connected(w, { audience: `${w.tenant.issuer}me/` }),
    ],
    'authorize: My Account, a client with a grant for it': [
      'code',
      async (w) => connected(w, { client_id: 'with-grant', audience: `${w.tenant.issuer}me/` }),
    ],
    'authorize: My Account, a client with neither': [
      'invalid_request',
      async (w) => connected(w, { client_id: 'without-policy', audience: `${w.tenant.issuer}me/` }),
    ],
  }),
  ...rule('Access token profiles', `${AUTH0}secure/tokens/access-tokens/access-token-profiles`, {
    'token: an API as it comes': ['JWT: azp, gty', async (w) => shapeOf(w, API)],
    'token: an API with accessTokenProfile=rfc9068': ['at+jwt: client_id, jti', async (w) => shapeOf(w, STANDARD_API)],
  }),
  ...rule('The connection of a login exists', `${AUTH0}api/authentication/login/authorize-client`, {
    'authorize: connection=google-oauth2': ['code', async (w) => connected(w, { connection: 'google-oauth2' })],
    'authorize: connection=Username-Password-Authentication': [
      'code',
      async (w) => connected(w, { connection: 'Username-Password-Authentication' }),
    ],
    'authorize: connection=nobody': ['invalid_request', async (w) => connected(w, { connection: 'nobody' })],
    'authorize: another redirect_uri': [
      'page 400',
      async (w) => {
        const { status } = await fetch(
          `${w.tenant.issuer}authorize?response_type=code&client_id=${WEB}&scope=openid&redirect_uri=${CALLBACK}/`,
        );
        return `page ${status}`;
      },
    ],
  }),
];
