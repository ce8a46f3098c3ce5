import { Controller, Get, Query } from '@nestjs/common';
import { TOKEN_VAULT_GRANT, type TenantClient } from 'auth0-local-tenant';
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  type CryptoKey,
  type JWK,
} from 'jose';
import {
  ConnectedAccountsService,
  InjectWorkerAccounts,
  LoginSession,
  SessionService,
  WorkerAccountsService,
  type Auth0ConnectOptions,
  type GetAccessTokenForConnectionOptions,
  type UserSubject,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConnectionTokenEntity } from '../../libs/auth0-connect/src/persistence/entities/connection-token.entity.js';
import type { Person } from '../support/person.js';
import { adapters, CLIENT, TestApp, type AdapterName } from '../support/test-app.js';

/** Stands for a nightly job: what it does is set off by a request only so that the test can. */
@Controller('job')
class JobController {
  constructor(@InjectWorkerAccounts() readonly accounts: WorkerAccountsService) {}

  @Get()
  async run(@Query('request') request: string): Promise<{ token: string; expiresAt: Date }> {
    const [subject, options] = JSON.parse(request) as [UserSubject, GetAccessTokenForConnectionOptions];
    const { accessToken, expiresAt } = await this.accounts.getAccessTokenForConnection(subject, options);
    return { token: accessToken, expiresAt };
  }
}

const ALICE = { userId: 'auth0|alice' };
const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';
const GITHUB = { connection: 'github' };
const ACCESS: TenantClient['privilegedWorker'] = {
  ipAllowlist: ['127.0.0.1', '::1'],
  grants: [
    { connection: 'github', scopes: ['repo', 'read:user'] },
    { connection: 'google-oauth2', scopes: ['openid', 'email', 'profile', 'offline_access', CALENDAR] },
  ],
};

class Jobs {
  constructor(readonly test: TestApp) {}

  static async start(
    adapter: AdapterName,
    options: Partial<Auth0ConnectOptions> = {},
    tenant: { clients?: TenantClient[] } = {},
  ): Promise<Jobs> {
    const test = await TestApp.start(adapter, {
      options,
      tenant: {
        ...tenant,
        organizations: [{ id: 'org_blue', name: 'blue', members: ['auth0|alice'] }],
      },
      controllers: [JobController],
    });
    for (const connection of ['github', 'google-oauth2']) test.control.connectAccount('auth0|alice', connection);
    return new Jobs(test);
  }

  async run(subject: unknown, options: GetAccessTokenForConnectionOptions = GITHUB) {
    const query = encodeURIComponent(JSON.stringify([subject, options]));
    const response = await fetch(this.test.at(`/job?request=${query}`));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  rows(): Promise<ConnectionTokenEntity[]> {
    return this.test.database.getRepository(ConnectionTokenEntity).find();
  }

  logOut(person: Person): Promise<unknown> {
    return person.request(this.test.at('/auth/logout'), { method: 'POST' });
  }

  get exchanges(): { body: Record<string, string> }[] {
    const { requests } = this.test.control;
    return requests.filter(({ kind }) => kind === 'exchange') as unknown as { body: Record<string, string> }[];
  }
}

describe.each(adapters)('background work by the user’s sessions on %s', (adapter) => {
  let jobs: Jobs;
  let test: TestApp;

  beforeAll(async () => {
    jobs = await Jobs.start(adapter);
    ({ test } = jobs);
  });
  afterAll(() => test?.stop());
  afterEach(async () => {
    await test.app.get(SessionService).endAllSessions('auth0|alice');
    test.control.resetCounts();
  });

  it('goes on by a fetch that brings the token along, and a new one where the provider refuses it', async () => {
    await test.logIn();
    const repositories = `${test.tenant.domain}/upstream/github/user/repos`;
    const { accounts } = test.app.get(JobController);
    const github = await accounts.fetch(ALICE, { ...GITHUB, origins: [test.tenant.domain] });
    expect((await github(repositories)).status).toBe(200);
    test.control.expireProviderTokens({ userId: ALICE.userId });
    expect((await github(repositories)).status).toBe(200);
    expect(test.control.count('exchange')).toBe(2);
    const elsewhere = accounts.fetch(ALICE, { ...GITHUB, origins: ['http://api.example.com'] });
    await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(github(test.at('/calendar/open'))).rejects.toThrow(/origin/);
  });

  it('is done with the refresh token of the newest session, once for all who ask', async () => {
    await test.logIn();
    const newest = await test.logIn();
    const answers = await Promise.all([jobs.run(ALICE), jobs.run(ALICE), jobs.run(ALICE)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(test.control.count('exchange')).toBe(1);
    expect(jobs.exchanges.at(-1)?.body.subject_token_type).toBe('urn:ietf:params:oauth:token-type:refresh_token');
    await jobs.logOut(newest);
    expect((await jobs.run(ALICE, { connection: 'google-oauth2' })).status, 'the older one serves too').toBe(200);
  });

  it('goes on with an older session when Auth0 no longer takes the newest one’s token', async () => {
    await test.logIn();
    await test.logIn();
    const [newest] = await test.app.get(SessionService).listSessions('auth0|alice');
    test.control.failNext('exchange', { status: 401, body: { error: 'invalid_grant' }, times: 2 });
    expect((await jobs.run(ALICE)).status).toBe(200);
    expect(test.control.count('exchange')).toBe(3);
    const left = await test.app.get(SessionService).listSessions('auth0|alice');
    expect(
      left.map(({ id }) => id),
      'the session ends with its refresh token',
    ).not.toContain(newest?.id);
  });

  it('cannot be done for somebody who is not logged in, and asks Auth0 nothing', async () => {
    const { status, body } = await jobs.run(ALICE);
    expect(status).toBe(401);
    expect(body).toMatchObject({
      errorCode: 'login_required',
      message: expect.stringContaining('they have to log in'),
    });
    expect(body.message, 'the one option that helps').toContain('Only the option worker');
    expect(test.control.count('exchange')).toBe(0);
    expect(await jobs.rows()).toEqual([]);
  });

  it('ends with the last session: no token stays', async () => {
    const first = await test.logIn();
    const second = await test.logIn();
    await jobs.run(ALICE);
    await jobs.logOut(first);
    expect(await jobs.rows()).toHaveLength(1);
    await jobs.logOut(second);
    expect(await jobs.rows()).toEqual([]);
    expect((await jobs.run(ALICE)).status).toBe(401);
  });

  it('ends when all sessions are ended at once, or have expired', async () => {
    await test.logIn();
    await jobs.run(ALICE);
    await test.app.get(SessionService).endAllSessions('auth0|alice');
    expect(await jobs.rows()).toEqual([]);

    await test.logIn();
    test.control.setProviderTokenLifetime(100 * 86_400);
    test.control.expireProviderTokens();
    await jobs.run(ALICE);
    test.control.setProviderTokenLifetime(3600);
    const { ExpiredRowsPurger } = await import('../../libs/auth0-connect/src/maintenance/expired-rows.purger.js');
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      vi.setSystemTime(Date.now() + 4 * 86_400_000);
      expect((await jobs.run(ALICE)).status, 'an expired session is none').toBe(401);
      await test.app.get(ExpiredRowsPurger).purge();
      expect(await jobs.rows()).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('stores nothing when the session ends while the exchange runs', async () => {
    const alice = await test.logIn();
    const hold = test.control.hold('exchange');
    const running = jobs.run(ALICE);
    await hold.arrived;
    await jobs.logOut(alice);
    hold.release();
    await running;
    expect(await jobs.rows()).toEqual([]);
  });

  it('has tokens of its own, apart from those of the sessions', async () => {
    const alice = await test.logIn();
    await alice.request(test.at('/calendar/both'));
    await jobs.run(ALICE);
    const github = (await jobs.rows()).filter(({ connection }) => connection === 'github');
    expect(github.filter(({ sessionId }) => sessionId === null)).toHaveLength(1);
    expect(github).toHaveLength(2);
    expect(new Set(github.map(({ owner }) => owner)).size).toBe(2);
  });

  it('never serves one user with another’s token, nor one organization with another’s', async () => {
    await test.logIn();
    await jobs.run(ALICE);
    expect((await jobs.run({ userId: 'auth0|Alice' })).status).toBe(401);
    expect((await jobs.run({ userId: 'auth0|bob' })).status).toBe(401);
    expect((await jobs.run({ ...ALICE, orgId: 'org_blue' })).status, 'no login at that organization').toBe(401);
    await test.app.get(SessionService).endAllSessions('auth0|alice');
  });

  it.each<[string, unknown, number]>([
    ['no subject', null, 400],
    ['no user', {}, 400],
    ['an empty user', { userId: '' }, 400],
    ['a user that is a list', { userId: ['auth0|alice'] }, 400],
    ['a user with a NUL', { userId: 'auth0|alice\0' }, 400],
    ['a user of 5 000 characters', { userId: 'a'.repeat(5000) }, 400],
    ['an organization that is none', { ...ALICE, orgId: 1 }, 400],
    ['a domain that is not allowed', { ...ALICE, domain: 'evil.example.com' }, 400],
    ['a domain that is no text', { ...ALICE, domain: {} }, 400],
  ])('refuses %s', async (_what, subject, status) => {
    expect((await jobs.run(subject)).status).toBe(status);
    expect(test.control.count('exchange')).toBe(0);
  });

  it('is not what the service for requests does, and the other way round', async () => {
    await test.logIn();
    const accounts = test.app.get(ConnectedAccountsService);
    await expect(accounts.getAccessTokenForConnection(ALICE, GITHUB)).rejects.toMatchObject({
      code: 'unsupported_subject',
    });
    await expect(accounts.listConnectedAccounts(ALICE)).rejects.toMatchObject({ code: 'unsupported_subject' });
    const [session] = await test.app.get(SessionService).listSessions('auth0|alice');
    expect(session).toBeInstanceOf(LoginSession);
    const worker = test.app.get<WorkerAccountsService>('auth0-connect:default:WorkerAccountsService');
    await expect(worker.getAccessTokenForConnection(session as LoginSession, GITHUB)).rejects.toMatchObject({
      code: 'unsupported_subject',
    });
  });

  it('is injected by its decorator and not by its class', () => {
    expect(() => test.app.get(WorkerAccountsService, { strict: false })).toThrow('could not find');
  });
});

describe.each(adapters)('background work without a session on %s', (adapter) => {
  it('goes on with the tokens that are stored where the application has asked for it', async () => {
    const jobs = await Jobs.start(adapter, { backgroundWork: true });
    try {
      const alice = await jobs.test.logIn();
      const before = await jobs.run(ALICE);
      await jobs.logOut(alice);
      expect(await jobs.rows()).toHaveLength(1);
      expect((await jobs.run(ALICE)).body.token).toBe(before.body.token);
      const other = await jobs.run(ALICE, { connection: 'google-oauth2' });
      expect(other.body).toMatchObject({ statusCode: 401, errorCode: 'login_required' });
    } finally {
      await jobs.test.stop();
    }
  });
});

describe.each(adapters)('a privileged worker on %s', (adapter) => {
  let key: CryptoKey;
  let pem: string;
  let jwk: JWK;
  let client: TenantClient;
  let jobs: Jobs;

  const workerOptions = (): Partial<Auth0ConnectOptions> => ({
    worker: { clientId: 'worker', privateKey: pem, keyId: 'worker-key', auditContext: 'nightly report' },
  });

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    key = pair.privateKey;
    pem = await exportPKCS8(pair.privateKey);
    jwk = { ...(await exportJWK(pair.publicKey)), kid: 'worker-key', alg: 'RS256', use: 'sig' };
    client = {
      clientId: 'worker',
      redirectUris: [],
      grantTypes: [TOKEN_VAULT_GRANT],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [jwk] },
      privilegedWorker: ACCESS,
    };
    jobs = await Jobs.start(adapter, workerOptions(), { clients: [client] });
  });
  afterAll(() => jobs?.test.stop());
  afterEach(async () => {
    jobs.test.control.resetCounts();
    await jobs.test.database.getRepository(ConnectionTokenEntity).clear();
  });

  const lastExchange = (): Record<string, string> => jobs.exchanges.at(-1)?.body ?? {};

  const problemsOf = async (worker: unknown, more: object = {}): Promise<string> => {
    const error: unknown = await Jobs.start(adapter, { worker: worker as never, ...more }).then(
      () => 'started',
      (reason: unknown) => reason,
    );
    return String((error as { problems?: string[] }).problems?.join('\n'));
  };

  it('asks for a user who was never here, by a request it signs', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { status } = await jobs.run(ALICE);
    expect(status).toBe(200);
    const { subject_token: subjectToken = '', client_assertion: _proof, ...sent } = lastExchange();
    expect(sent).toMatchObject({
      grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token',
      connection: 'github',
    });
    expect(sent).not.toHaveProperty('scope');
    expect(decodeProtectedHeader(subjectToken)).toEqual({
      alg: 'RS256',
      typ: 'token-vault-req+jwt',
      kid: 'worker-key',
    });
    const claims = decodeJwt(subjectToken);
    expect(claims).toEqual({
      iss: 'worker',
      sub: 'auth0|alice',
      aud: jobs.test.tenant.issuer,
      iat: expect.any(Number),
      jti: expect.any(String),
      audit_context: 'nightly report',
    });
    expect(claims.iat).toBeGreaterThanOrEqual(before);
  });

  it('stores the token under the user, without a session, and reuses it', async () => {
    const first = await jobs.run(ALICE);
    expect((await jobs.run(ALICE)).body.token).toBe(first.body.token);
    expect(jobs.test.control.count('exchange')).toBe(1);
    const rows = await jobs.rows();
    expect(rows.map(({ sessionId }) => sessionId)).toEqual([null]);
    expect(rows[0]?.accessToken).not.toContain(String(first.body.token));
  });

  it('asks for the scopes it is told, each set of them a token of its own', async () => {
    const google = { connection: 'google-oauth2' };
    const narrow = await jobs.run(ALICE, { ...google, scopes: [CALENDAR] });
    expect(lastExchange().scope).toBe(CALENDAR);
    const other = await jobs.run(ALICE, { ...google, scopes: ['openid'] });
    const all = await jobs.run(ALICE, google);
    expect([narrow.status, other.status, all.status]).toEqual([200, 200, 200]);
    expect(jobs.test.control.count('exchange')).toBe(3);
    jobs.test.control.failNext('exchange', {
      status: 200,
      body: { access_token: 'narrower', expires_in: 3600, scope: 'openid', token_type: 'Bearer' },
    });
    const missing = await jobs.run(ALICE, { ...google, scopes: ['email'] });
    expect(missing.body).toMatchObject({ statusCode: 403, errorCode: 'insufficient_scope' });
  });

  it('names the organization it is told', async () => {
    expect((await jobs.run({ ...ALICE, orgId: 'org_blue' })).status).toBe(200);
    expect(decodeJwt(lastExchange().subject_token ?? '').org_id).toBe('org_blue');
    await jobs.run(ALICE);
    expect(await jobs.rows(), 'one with and one without').toHaveLength(2);
  });

  it('makes a new request for every try, also when Auth0 wants it later', async () => {
    jobs.test.control.failNext('exchange', { status: 429, headers: { 'retry-after': '1' }, body: {} });
    expect((await jobs.run(ALICE)).status).toBe(200);
    await jobs.run(ALICE, { ...GITHUB, forceRefresh: true });
    const requests = jobs.exchanges.slice(-3).map(({ body }) => body);
    const ids = requests.map((body) => decodeJwt(body.subject_token ?? '').jti);
    expect(new Set(ids).size).toBe(3);
    const proofs = requests.map((body) => decodeJwt(body.client_assertion ?? '').jti);
    expect(new Set(proofs).size).toBe(3);
  });

  it('does not wait for long', async () => {
    jobs.test.control.failNext('exchange', { status: 429, headers: { 'retry-after': '60' }, body: {} });
    expect((await jobs.run(ALICE)).body).toMatchObject({ statusCode: 429, errorCode: 'rate_limited' });
    expect(jobs.test.control.count('exchange')).toBe(1);
  });

  it('says so when the account is not connected, and when Auth0 refuses', async () => {
    const unknown = await jobs.run({ userId: 'auth0|bob' });
    expect(unknown.body).toMatchObject({ statusCode: 403, errorCode: 'connection_required' });
    expect(unknown.body.connectUrl).toBe(jobs.test.at('/auth/connect/github'));
    const nobody = await jobs.run({ userId: 'auth0|nobody' });
    expect(nobody.body).toMatchObject({ statusCode: 502, errorCode: 'auth0_refused' });
    jobs.test.control.failNext('exchange', { status: 403, body: { error: 'unauthorized_client' } });
    expect((await jobs.run(ALICE)).body).toMatchObject({ statusCode: 502, errorCode: 'auth0_misconfigured' });
  });

  it('keeps its tokens when the sessions of the user end', async () => {
    const alice = await jobs.test.logIn();
    await jobs.run(ALICE);
    await jobs.logOut(alice);
    expect(await jobs.rows()).toHaveLength(1);
  });

  it('may be the application itself, with its key as JWK or CryptoKey', async () => {
    const privateJwk = { ...(await exportJWK(key)), kid: 'worker-key' };
    for (const privateKey of [privateJwk, key]) {
      const own = await Jobs.start(adapter, { worker: { privateKey, auditContext: 'x' } });
      try {
        own.test.tenant.addClient({
          ...CLIENT,
          redirectUris: [],
          grantTypes: [TOKEN_VAULT_GRANT],
          jwks: { keys: [jwk] },
          privilegedWorker: ACCESS,
        });
        expect((await own.run(ALICE)).status).toBe(200);
        const [sent] = own.exchanges.slice(-1);
        expect(sent?.body.client_secret).toBe(CLIENT.clientSecret);
        expect(decodeJwt(sent?.body.subject_token ?? '').iss).toBe(CLIENT.clientId);
      } finally {
        await own.test.stop();
      }
    }
  });

  it('lists what is wrong with its options at start-up', async () => {
    const { privateKey: elliptic } = await generateKeyPair('ES256', { extractable: true });
    const good = { privateKey: pem, auditContext: 'x' };
    expect(await problemsOf({})).toMatch(/worker.auditContext[\s\S]*worker.privateKey is required/);
    expect(await problemsOf({ ...good, auditContext: 'x'.repeat(257) })).toContain('worker.auditContext');
    expect(await problemsOf({ ...good, auditContext: '' })).toContain('worker.auditContext');
    expect(await problemsOf({ ...good, privateKey: 'no key' })).toContain('worker.privateKey');
    expect(await problemsOf({ ...good, privateKey: await exportPKCS8(elliptic) })).toContain('worker.privateKey');
    expect(await problemsOf({ ...good, privateKey: jwk }), 'a public key').toContain('worker.privateKey');
    expect(await problemsOf({ ...good, privateKey: [pem, pem] })).toContain('worker.privateKey');
    expect(await problemsOf({ ...good, clientId: 7 })).toContain('worker.clientId');
    expect(await problemsOf({ ...good, clientSecret: 'x' })).toContain('worker.clientSecret');
    expect(await problemsOf(good, { backgroundWork: false })).toContain('backgroundWork');
    expect(await problemsOf(good, { backgroundWork: 'yes' })).toContain('backgroundWork');
  });
});
