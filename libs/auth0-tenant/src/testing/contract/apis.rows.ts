import { request } from 'node:http';
import { DEFAULT_CLIENT, TOKEN_VAULT_GRANT } from '../../index.js';
import { CALLBACK, myAccount } from '../flows.js';
import { rule, said, type Row } from './row.js';
import { CALENDAR, type World } from './world.js';

const WEB = DEFAULT_CLIENT.clientId;
const AUTH0 = 'https://auth0.com/docs/';
const CONNECTED_ACCOUNTS = `${AUTH0}secure/call-apis-on-users-behalf/token-vault/connected-accounts-for-token-vault`;

const connect = async (world: World, scopes: string[]) =>
  myAccount(world.tenant, await world.myAccountToken(), 'POST', 'connect', {
    connection: 'google-oauth2',
    redirect_uri: CALLBACK,
    scopes,
  });

const manage = async (world: World, method: string, path: string) =>
  said(await myAccount(world.tenant, await world.myAccountToken(), method, path));

/** A provider token of Alice. */
const providerToken = async (world: World, connection: string): Promise<string> => {
  const { body } = await world.token(WEB, {
    grant_type: TOKEN_VAULT_GRANT,
    subject_token: await world.refreshToken(WEB),
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection,
  });
  return String(body.access_token);
};

const upstream = async (
  world: World,
  path: string,
  init: (providerToken: string) => RequestInit,
  connection: string,
) => {
  const { status } = await fetch(
    `${world.tenant.issuer}upstream/${path}`,
    init(await providerToken(world, connection)),
  );
  return String(status);
};

const slack = async (world: World, init: (providerToken: string) => RequestInit): Promise<string> => {
  world.tenant.control.connectAccount('auth0|alice', 'slack', { scopes: ['channels:read'] });
  return upstream(world, 'slack/api/conversations.list', init, 'slack');
};

const authorization = (scheme: string) => (token: string) => ({ headers: { authorization: `${scheme} ${token}` } });

/** A request whose Host header is another one than its address. */
const misdirected = async (world: World, host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = world.tenant;
    const sent = request({ port, host: 'localhost', path: '/.well-known/openid-configuration', headers: { host } });
    sent.on('response', (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    sent.on('error', reject);
    sent.end();
  });

/** What My Account, the providers' APIs and the server itself take. */
export const API_ROWS: Row[] = [
  ...rule('connect_uri has no query of its own', CONNECTED_ACCOUNTS, {
    'connect: scopes of the connection': [
      '201 /connected-accounts/connect',
      async (w) => {
        const answer = await connect(w, ['openid', CALENDAR]);
        return `${said(answer)} /${String(answer.body.connect_uri).slice(w.tenant.issuer.length)}`;
      },
    ],
  }),
  ...rule('A connection gives the scopes it has', CONNECTED_ACCOUNTS, {
    'connect: one scope of another provider': ['400', async (w) => said(await connect(w, ['openid', 'repo']))],
  }),
  ...rule('Deleting what is not there', `${AUTH0}api/myaccount/connected-accounts`, {
    'DELETE accounts/{id}: an unknown id': ['204', async (w) => manage(w, 'DELETE', 'accounts/cac_unknown')],
    'DELETE accounts/{id}: what is no id': ['400', async (w) => manage(w, 'DELETE', 'accounts/unknown')],
  }),
  ...rule('The cursor is from, not next', `${AUTH0}api/myaccount/connected-accounts`, {
    'GET accounts?take=1': ['200', async (w) => manage(w, 'GET', 'accounts?take=1')],
    'GET accounts?from={next}': [
      '200',
      async (w) => {
        const page = await myAccount(w.tenant, await w.myAccountToken(), 'GET', 'accounts?take=1');
        return manage(w, 'GET', `accounts?take=1&from=${String(page.body.next)}`);
      },
    ],
    'GET accounts?next={next}': [
      '400',
      async (w) => {
        const page = await myAccount(w.tenant, await w.myAccountToken(), 'GET', 'accounts?take=1');
        return manage(w, 'GET', `accounts?take=1&next=${String(page.body.next)}`);
      },
    ],
    'GET connections?next=x': ['400', async (w) => manage(w, 'GET', 'connections?next=x')],
  }),
  ...rule('One host, one issuer', 'OpenID Connect Discovery 1.0, 4.3', {
    'discovery: Host of the tenant': ['200', async (w) => misdirected(w, new URL(w.tenant.issuer).host)],
    'discovery: Host in capitals': ['200', async (w) => misdirected(w, new URL(w.tenant.issuer).host.toUpperCase())],
    'discovery: a foreign Host': ['421', async (w) => misdirected(w, 'evil.example')],
    'discovery: another port': ['421', async (w) => misdirected(w, 'localhost:1')],
    'discovery: another name of this machine': ['421', async (w) => misdirected(w, `127.0.0.1:${w.tenant.port}`)],
  }),
  ...rule('GitHub takes two schemes', 'https://docs.github.com/rest/authentication/authenticating-to-the-rest-api', {
    'GET user/repos: Authorization: Bearer': [
      '200',
      async (w) => upstream(w, 'github/user/repos', authorization('Bearer'), 'github'),
    ],
    'GET user/repos: Authorization: token': [
      '200',
      async (w) => upstream(w, 'github/user/repos', authorization('token'), 'github'),
    ],
    'GET user/repos: Authorization: Basic': [
      '401',
      async (w) => upstream(w, 'github/user/repos', authorization('Basic'), 'github'),
    ],
    'GET events of Google: Authorization: token': [
      '401',
      async (w) => upstream(w, 'google/calendar/v3/calendars/primary/events', authorization('token'), 'google-oauth2'),
    ],
  }),
  ...rule('Slack takes GET and POST', 'https://docs.slack.dev/apis/web-api/', {
    'GET conversations.list': ['200', async (w) => slack(w, authorization('Bearer'))],
    'POST conversations.list': [
      '200',
      async (w) => slack(w, (token) => ({ method: 'POST', ...authorization('Bearer')(token) })),
    ],
    'POST conversations.list: token in the form': [
      '200',
      async (w) => slack(w, (token) => ({ method: 'POST', body: new URLSearchParams({ token }) })),
    ],
    'POST conversations.list: no token': ['401', async (w) => slack(w, () => ({ method: 'POST' }))],
    'PUT conversations.list': [
      '405',
      async (w) => slack(w, (token) => ({ method: 'PUT', ...authorization('Bearer')(token) })),
    ],
  }),
];
