import { decodeJwt } from 'jose';
import { DEFAULT_CLIENT, TOKEN_VAULT_GRANT } from '../../index.js';
import { words } from '../../values.js';
import { Browser } from '../browser.js';
import { authorize, authorizeUrl, CALLBACK } from '../flows.js';
import { ledTo, rule, said, type Row } from './row.js';
import { API, newKeys, type Keys, type World } from './world.js';

const WEB = DEFAULT_CLIENT.clientId;
const AUTH0 = 'https://auth0.com/docs/';
const EVERY_SCOPE = 'offline_access openid read:events write:events';

const scopesOf = async (world: World, form: Record<string, string>, clientId = 'without-policy'): Promise<string> => {
  const answer = await world.refresh(clientId, form);
  return `${said(answer)} ${words(answer.body.scope).toSorted().join(' ')}`.trim();
};

const refreshBound = async (world: World, clientId: string, proof: (keys: Keys) => Promise<Record<string, string>>) => {
  const keys = await newKeys('ES256');
  const { body } = await world.boundSession(clientId, keys);
  const form = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) };
  return said(await world.token(clientId, form, await proof(keys)));
};

const exchangeBound = async (world: World, proof: (keys: Keys) => Promise<Record<string, string>>) => {
  const keys = await newKeys('ES256');
  const { body } = await world.boundSession(WEB, keys);
  const form = {
    grant_type: TOKEN_VAULT_GRANT,
    subject_token: String(body.refresh_token),
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection: 'google-oauth2',
  };
  return said(await world.token(WEB, form, await proof(keys)));
};

const pushed = async (world: World, clientId = WEB, form: Record<string, string> = {}) => {
  const { clientSecret = '' } = world.client(clientId);
  const parameters = { response_type: 'code', redirect_uri: CALLBACK, scope: 'openid', state: 's' };
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...parameters, ...form });
  return world.post('oauth/par', body);
};

const authorizePushed = async (world: World, requestUri: string): Promise<string> => {
  const url = new URL('authorize', world.tenant.issuer);
  url.searchParams.set('client_id', WEB);
  url.searchParams.set('request_uri', requestUri);
  const end = await new Browser().follow(url);
  return 'left' in end ? ledTo(end.left) : `page ${end.page.status}`;
};

/** Runs something while the clock is that many seconds ahead. */
const later = async <T>(seconds: number, run: () => Promise<T>): Promise<T> => {
  const { now } = Date;
  Date.now = () => now() + seconds * 1000;
  try {
    return await run();
  } finally {
    Date.now = now;
  }
};

/** A silent login in an iframe, as far as its page. */
const silentLogin = async (world: World, parameters: Record<string, string>, isLoggedIn = true): Promise<string> => {
  const browser = new Browser();
  if (isLoggedIn) await authorize(world.tenant, { browser });
  const url = authorizeUrl(world.tenant, { response_mode: 'web_message', prompt: 'none', ...parameters });
  const page = await browser.get(url);
  const text = await page.text();
  const target = /"(https?:\/\/[^"]+)",\n\);/.exec(text)?.[1];
  const answer = /"code":/.test(text) ? 'code' : /"error":"(\w+)"/.exec(text)?.[1];
  return target === undefined ? `page ${page.status}` : `${answer} to ${target}`;
};

/** What comes of refresh tokens, proofs, pushed requests and silent logins. */
export const TOKEN_ROWS: Row[] = [
  ...rule(
    'MRRT: the original grant and the policy',
    `${AUTH0}secure/tokens/refresh-tokens/multi-resource-refresh-token/configure-and-implement-multi-resource-refresh-token`,
    {
      'refresh: no audience, no scope': [`200 ${EVERY_SCOPE}`, async (w) => scopesOf(w, {})],
      'refresh: the original audience, no scope': [`200 ${EVERY_SCOPE}`, async (w) => scopesOf(w, { audience: API })],
      'refresh: a scope of the policy': ['200 write:events', async (w) => scopesOf(w, { scope: 'write:events' })],
      'refresh: a scope of neither is dropped': [
        '200 read:events',
        async (w) => scopesOf(w, { scope: 'read:events delete:events' }),
      ],
      'refresh: an audience outside the policy is ignored': [
        `200 for ${API}`,
        async (w) => {
          const answer = await w.refresh('without-policy', { audience: `${w.tenant.issuer}me/` });
          return `${said(answer)} for ${[decodeJwt(String(answer.body.access_token)).aud].flat()[0]}`;
        },
      ],
      "refresh: an audience outside the policy, after setUnknownAudience('refuse')": [
        '403 access_denied',
        async (w) => {
          w.tenant.control.setUnknownAudience('refuse');
          const answer = await w.refresh('without-policy', { audience: `${w.tenant.issuer}me/` });
          w.tenant.control.setUnknownAudience('ignore');
          return said(answer);
        },
      ],
      'refresh: My Account, a client with the policy': [
        '200 read:me:connected_accounts',
        async (w) =>
          scopesOf(w, { audience: `${w.tenant.issuer}me/`, scope: 'read:me:connected_accounts read:events' }, WEB),
      ],
    },
  ),
  ...rule(
    'DPoP: a session keeps its key',
    `${AUTH0}secure/sender-constraining/demonstrating-proof-of-possession-dpop`,
    {
      'refresh: a proof of the same key': ['200', async (w) => refreshBound(w, WEB, async (keys) => w.proof(keys))],
      'refresh: no proof': ['403 invalid_grant', async (w) => refreshBound(w, WEB, async () => ({}))],
      'refresh: a proof of another key': [
        '403 invalid_grant',
        async (w) => refreshBound(w, WEB, async () => w.proof(await newKeys('ES256'))),
      ],
      'exchange: a proof of the same key': ['200', async (w) => exchangeBound(w, async (keys) => w.proof(keys))],
      'exchange: no proof': ['400 invalid_dpop_proof', async (w) => exchangeBound(w, async () => ({}))],
      'exchange: a proof of another key': [
        '400 invalid_dpop_proof',
        async (w) => exchangeBound(w, async () => w.proof(await newKeys('ES256'))),
      ],
    },
  ),
  ...rule(
    'DPoP: a public client needs a nonce',
    `${AUTH0}secure/sender-constraining/demonstrating-proof-of-possession-dpop`,
    {
      'token: public client, no nonce': [
        '400 use_dpop_nonce',
        async (w) => refreshBound(w, 'spa', async (keys) => w.proof(keys)),
      ],
      'token: public client, the nonce of the answer': [
        '200',
        async (w) =>
          refreshBound(w, 'spa', async (keys) => {
            const refused = await w.token(
              'spa',
              { grant_type: 'refresh_token', refresh_token: 'x' },
              await w.proof(keys),
            );
            return w.proof(keys, { nonce: refused.headers.get('dpop-nonce') ?? undefined });
          }),
      ],
      'token: public client, a made-up nonce': [
        '400 use_dpop_nonce',
        async (w) => refreshBound(w, 'spa', async (keys) => w.proof(keys, { nonce: 'made-up' })),
      ],
      'token: confidential client, no nonce': ['200', async (w) => refreshBound(w, WEB, async (keys) => w.proof(keys))],
    },
  ),
  ...rule(
    'Pushed authorization requests',
    `${AUTH0}get-started/authentication-and-authorization-flow/authorization-code-flow/authorization-code-flow-with-par`,
    {
      'par: a form of a confidential client': [
        '201, 30 s',
        async (w) => {
          const answer = await pushed(w);
          return `${said(answer)}, ${String(answer.body.expires_in)} s`;
        },
      ],
      'par: JSON': [
        '400 invalid_request',
        async (w) => {
          const { clientId, clientSecret } = w.client(WEB);
          const body = {
            client_id: clientId,
            client_secret: clientSecret,
            response_type: 'code',
            redirect_uri: CALLBACK,
            scope: 'openid',
          };
          return said(await w.post('oauth/par', JSON.stringify(body), { 'content-type': 'application/json' }));
        },
      ],
      'par: a public client': ['403 unauthorized_client', async (w) => said(await pushed(w, 'spa'))],
      'par: a wrong secret': [
        '401 invalid_client',
        async (w) => said(await pushed(w, WEB, { client_secret: 'wrong' })),
      ],
      'authorize: after 29 s': [
        'page 200',
        async (w) => {
          const { body } = await pushed(w);
          return later(29, async () => authorizePushed(w, String(body.request_uri)));
        },
      ],
      'authorize: after 31 s': [
        'page 400',
        async (w) => {
          const { body } = await pushed(w);
          return later(31, async () => authorizePushed(w, String(body.request_uri)));
        },
      ],
    },
  ),
  ...rule('Silent login in an iframe', `${AUTH0}authenticate/login/configure-silent-authentication`, {
    'authorize: web_message, an Allowed Web Origin': ['code to http://localhost:3000', async (w) => silentLogin(w, {})],
    'authorize: web_message, nobody logged in': [
      'login_required to http://localhost:3000',
      async (w) => silentLogin(w, {}, false),
    ],
    'authorize: web_message, another origin': [
      'page 403',
      async (w) => silentLogin(w, { client_id: 'without-policy' }),
    ],
    'authorize: web_message, another origin, nobody logged in': [
      'page 403',
      async (w) => silentLogin(w, { client_id: 'without-policy' }, false),
    ],
  }),
];
