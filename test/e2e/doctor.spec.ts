import { TOKEN_VAULT_GRANT, type LocalTenantOptions, type TenantClient } from 'auth0-local-tenant';
import { Auth0Doctor, type Auth0ConnectOptions, type Finding } from 'nestjs-auth0-connect';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { API_CLIENT } from '../support/api-app.js';
import { storedRows, withoutTable } from '../support/flows.js';
import { API_AUDIENCE, CLIENT, SECRET, TestApp } from '../support/test-app.js';

const ALL = ['authorization_code', 'refresh_token', TOKEN_VAULT_GRANT];
const allBut = (grant: string): Partial<TenantClient> => ({ grantTypes: ALL.filter((name) => name !== grant) });

interface Wrong {
  /** At Auth0. */
  client?: Partial<TenantClient>;
  tenant?: LocalTenantOptions;
  /** In the application. */
  options?: Partial<Auth0ConnectOptions>;
}

/** One setting each, and what the doctor has to say of it, and of nothing else. */
const settings: [string, Wrong, [string, string][]][] = [
  ['nothing', {}, []],
  ['the secret', { options: { clientSecret: 'another one' } }, [['client_credentials', CLIENT.clientId]]],
  ['the client id', { options: { clientId: 'unknown' } }, [['client_credentials', 'unknown']]],
  [
    'the grant Authorization Code',
    { client: allBut('authorization_code') },
    [['grant_authorization_code', CLIENT.clientId]],
  ],
  ['the grant Refresh Token', { client: allBut('refresh_token') }, [['grant_refresh_token', CLIENT.clientId]]],
  ['the grant Token Vault', { client: allBut(TOKEN_VAULT_GRANT) }, [['grant_token_vault', CLIENT.clientId]]],
  ['the callback', { client: { redirectUris: ['http://localhost:1/other'] } }, [['callback_url', '/auth/callback']]],
  ['where a logout leads', { client: { logoutUrls: [] } }, [['logout_url', '']]],
  [
    'the audience',
    { options: { authorizationParams: { audience: 'https://none.example.com' } } },
    [['audience', 'https://none.example.com']],
  ],
  [
    'the secret of the client of the API',
    {
      tenant: { clients: [API_CLIENT] },
      options: { apiAudience: API_AUDIENCE, apiClient: { clientId: API_CLIENT.clientId, clientSecret: 'another one' } },
    },
    [['api_client', API_CLIENT.clientId]],
  ],
  [
    'that requests have to be pushed',
    { client: { requirePar: true } },
    [['pushed_authorization_requests', CLIENT.clientId]],
  ],
];

const findings = async (app: TestApp): Promise<Finding[]> => app.app.get(Auth0Doctor).check();

describe('the doctor, by the credentials alone', () => {
  let test: TestApp | undefined;
  afterEach(async () => {
    vi.useRealTimers();
    await test?.stop();
    test = undefined;
  });

  const start = async ({ client, tenant, options }: Wrong = {}): Promise<TestApp> => {
    test = await TestApp.start('Express', { tenant, options });
    const callbacks = { redirectUris: [test.at('/auth/callback')], logoutUrls: [test.url] };
    test.tenant.addClient({ ...CLIENT, ...callbacks, ...client });
    return test;
  };
  const wrongOf = (all: Finding[]): [string, string][] =>
    all.filter(({ state }) => state === 'wrong').map(({ code, about }) => [code, about.replace(test!.url, '')]);

  it.each(settings)('where %s is wrong names it, and blames nothing else', async (_name, wrong, expected) => {
    const all = await findings(await start(wrong));
    expect(wrongOf(all)).toEqual(expected);
    expect(all.filter(({ state }) => state === 'unknown')).toEqual([]);
    for (const { state, remedy } of all) expect(remedy !== undefined).toBe(state === 'wrong');
  });

  it('names a domain that does not answer, and looks at the database all the same', async () => {
    const app = await start({ options: { domain: 'http://localhost:1' } });
    expect(wrongOf(await findings(app))).toEqual([['domain', 'http://localhost:1']]);
    expect((await findings(app)).at(-1)).toMatchObject({ code: 'database', state: 'well' });
  });

  it('names a clock that is off', async () => {
    const app = await start();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const [, clock] = await findings(app);
    expect(clock).toMatchObject({ code: 'clock', state: 'wrong', seen: expect.stringMatching(/^-6\d s behind$/) });
  });

  it('names tables that are not there', async () => {
    const app = await start();
    const all = await withoutTable(app, 'sessions', () => findings(app));
    expect(wrongOf(all)).toEqual([['database', 'tables']]);
    expect(all.at(-1)?.seen).toContain('AUTH0_CONNECT_MIGRATIONS');
  });

  it('names a database that does not answer', async () => {
    const app = await start();
    await app.database.destroy();
    const all = await findings(app);
    await app.database.initialize();
    expect(wrongOf(all)).toEqual([['database', 'connection']]);
  });

  it('says no secret, and leaves nothing behind', async () => {
    const app = await start({ options: { clientSecret: 'a secret that is wrong' } });
    const said = JSON.stringify(await findings(app));
    expect(said).not.toContain('a secret that is wrong');
    expect(said).not.toContain(SECRET);
    expect(await storedRows(app)).toEqual({ sessions: 0, transactions: 0, tokens: 0 });
  });
});
