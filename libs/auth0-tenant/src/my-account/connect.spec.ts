import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { CALLBACK, login, myAccount, myAccountToken, pkce } from '../testing/flows.js';

const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

describe('starting a connect', () => {
  let tenant: LocalTenant;
  let accessToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    const { refresh_token: refreshToken } = await login(tenant);
    accessToken = await myAccountToken(tenant, refreshToken);
  });
  afterAll(async () => tenant.stop());

  const good = { connection: 'google-oauth2', redirect_uri: CALLBACK };
  const start = async (body: unknown, headers?: Record<string, string>) =>
    myAccount(tenant, accessToken, 'POST', 'connect', body, headers);

  it('answers 201 with what the contract says, and rate headers', async () => {
    const { challenge } = pkce();
    const { status, body, headers } = await start({
      ...good,
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      scopes: ['openid', CALENDAR],
      authorization_params: {
        login_hint: 'alice@work.example',
        max_age: 0,
        prompt: 'consent',
        ui_locales: 'en de-DE',
      },
    });
    expect(status).toBe(201);
    expect(Object.keys(body).toSorted()).toEqual(['auth_session', 'connect_params', 'connect_uri', 'expires_in']);
    expect(body.connect_uri).toBe(`${tenant.issuer}connected-accounts/connect`);
    expect(String(body.auth_session).length).toBeLessThanOrEqual(64);
    expect(body.connect_params).toEqual({ ticket: expect.any(String) });
    expect(body.expires_in).toBe(300);
    for (const name of ['limit', 'remaining', 'reset'])
      expect(Number(headers.get(`x-ratelimit-${name}`))).toBeGreaterThan(0);
  });

  const wrong: [string, unknown, string][] = [
    ['an unknown key', { ...good, audience: 'x' }, '/audience'],
    ['no connection', { redirect_uri: CALLBACK }, '/connection'],
    ['an empty connection', { ...good, connection: '' }, '/connection'],
    ['a connection of 129 characters', { ...good, connection: 'c'.repeat(129) }, '/connection'],
    ['an unknown connection', { ...good, connection: 'nowhere' }, '/connection'],
    ['null for a member', { ...good, state: null }, '/state'],
    ['an empty state', { ...good, state: '' }, '/state'],
    ['a state of 4097 characters', { ...good, state: 's'.repeat(4097) }, '/state'],
    ['a number for a string', { ...good, state: 1 }, '/state'],
    ['a redirect_uri that is no URI', { ...good, redirect_uri: '/auth/callback' }, '/redirect_uri'],
    ['a redirect_uri that is not registered', { ...good, redirect_uri: `${CALLBACK}/` }, '/redirect_uri'],
    ['no scopes in a list', { ...good, scopes: [] }, '/scopes'],
    ['the same scope twice', { ...good, scopes: ['a', 'a'] }, '/scopes'],
    ['an empty scope', { ...good, scopes: [''] }, '/scopes/0'],
    ['101 scopes', { ...good, scopes: Array.from({ length: 101 }, (_, index) => `s${index}`) }, '/scopes'],
    ['scopes as a string', { ...good, scopes: 'openid' }, '/scopes'],
    ['a challenge without its method', { ...good, code_challenge: 'c'.repeat(43) }, '/code_challenge_method'],
    [
      'the plain method',
      { ...good, code_challenge: 'c'.repeat(43), code_challenge_method: 'plain' },
      '/code_challenge_method',
    ],
    ['a short challenge', { ...good, code_challenge: 'c', code_challenge_method: 'S256' }, '/code_challenge'],
    ['max_age as a string', { ...good, authorization_params: { max_age: '0' } }, '/authorization_params/max_age'],
    [
      'a max_age that is no integer',
      { ...good, authorization_params: { max_age: 1.5 } },
      '/authorization_params/max_age',
    ],
    ['access_type', { ...good, authorization_params: { access_type: 'offline' } }, '/authorization_params/access_type'],
    [
      'an unknown prompt',
      { ...good, authorization_params: { prompt: 'login consent' } },
      '/authorization_params/prompt',
    ],
    ['authorization_params as a list', { ...good, authorization_params: [] }, '/authorization_params'],
    ['a key of the prototype', JSON.stringify({ ...good }).replace('}', ',"__proto__":1}'), '/__proto__'],
  ];
  it.each(wrong)('refuses %s', async (_what, body, pointer) => {
    const answer = await start(body);
    expect(answer).toMatchObject({ status: 400, body: { status: 400, title: 'Bad Request' } });
    expect(answer.body.validation_errors).toEqual([
      { detail: expect.any(String), field: expect.any(String), pointer, source: 'body' },
    ]);
    expect(Object.keys(answer.body).toSorted()).toEqual(['detail', 'status', 'title', 'type', 'validation_errors']);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['text', '"x"'],
    ['null', 'null'],
    ['nothing', ''],
  ])('refuses %s for a body', async (_what, body) => {
    expect(await start(body)).toMatchObject({ status: 400, body: { status: 400 } });
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/jsonx'])(
    'answers 415 to %s',
    async (type) => {
      expect(await start(JSON.stringify(good), { 'content-type': type })).toMatchObject({
        status: 415,
        body: { status: 415, title: 'Unsupported Media Type' },
      });
    },
  );

  it('knows nothing of a client whose callback URLs changed', async () => {
    tenant.addClient({ ...DEFAULT_CLIENT, redirectUris: ['http://localhost:9/other'] });
    expect((await start(good)).status).toBe(400);
    tenant.addClient(DEFAULT_CLIENT);
    expect((await start(good)).status).toBe(201);
  });
});
