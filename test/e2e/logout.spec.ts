import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { errorCodeOf, isLoggedIn, lastRequest, watch } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp, type TestAppOptions } from '../support/test-app.js';

const ELSEWHERE = 'https://www.example.com/goodbye?from=app';

describe.each(adapters)('logout on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  async function start(options: TestAppOptions['options'] = {}): Promise<TestApp> {
    test = await TestApp.start(adapter, { options });
    return test;
  }
  /** The document of the tenant without an endpoint for RP-initiated logout, as of one that never switched it on. */
  async function startWithoutEndpoint(options: TestAppOptions['options'] = {}): Promise<TestApp> {
    const started = await start(options);
    started.control.rewriteNext('discovery', (document) => ({ ...document, end_session_endpoint: undefined }));
    return started;
  }
  const logOut = (person: Person, query = '', method = 'POST'): Promise<Answer> =>
    person.request(test?.at(`/auth/logout${query}`) ?? '', { method });

  it('ends the session here and at Auth0, with the ID token and the session as hints', async () => {
    const { url, tenant } = await start();
    const person = await test!.logIn();

    const address = new URL((await logOut(person)).location ?? '');

    expect(address.origin + address.pathname).toBe(`${tenant.domain}/oidc/logout`);
    const hint = address.searchParams.get('id_token_hint') ?? '';
    expect(decodeJwt(hint).sub).toBe('auth0|alice');
    expect(address.searchParams.get('logout_hint')).toBe(decodeJwt(hint).sid);
    expect(address.searchParams.get('client_id')).toBe('test-client');
    expect(address.searchParams.get('post_logout_redirect_uri')).toBe(url);
    expect(address.searchParams.has('federated')).toBe(false);
    expect(await isLoggedIn(test!, person)).toBe(false);

    expect((await person.open(address)).url).toContain(url);
    expect((await person.open(test!.at('/auth/login'))).url, 'Auth0 asks who it is').toContain(tenant.domain);
  });

  it('uses /v2/logout where the tenant offers no endpoint', async () => {
    const { url, tenant } = await startWithoutEndpoint();
    const person = await test!.logIn();

    const address = new URL((await logOut(person, '?federated')).location ?? '');

    expect(address.origin + address.pathname).toBe(`${tenant.domain}/v2/logout`);
    expect(Object.fromEntries(address.searchParams)).toEqual({
      client_id: 'test-client',
      returnTo: url,
      federated: '',
    });
    await person.open(address);
    expect((await person.open(test!.at('/auth/login'))).url, 'Auth0 asks who it is').toContain(tenant.domain);
  });

  it.each(['POST', 'GET'])('logs out at the identity provider too when %s asks for it', async (method) => {
    await start();
    const person = await test!.logIn();
    const address = new URL((await logOut(person, '?federated', method)).location ?? '');
    expect(address.pathname).toBe('/oidc/logout');
    expect(address.searchParams.get('federated')).toBe('');
  });

  it('logs out at the identity provider each time by the option', async () => {
    await start({ logout: { federated: true } });
    const person = await test!.logIn();
    expect(new URL((await logOut(person)).location ?? '').searchParams.has('federated')).toBe(true);
  });

  it('leaves the refresh token alone unless told to revoke it', async () => {
    await start();
    const person = await test!.logIn();
    await logOut(person);
    expect(test!.control.count('revoke')).toBe(0);
  });

  it('revokes the refresh token by the option', async () => {
    await start({ logout: { revokeRefreshToken: true } });
    const person = await test!.logIn();

    const answer = await logOut(person);

    expect(answer.status).toBe(302);
    const { body, status } = lastRequest(test!, 'revoke');
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type_hint: 'refresh_token', token: expect.any(String) });
    expect(answer.location).not.toContain(String(body.token));
  });

  it.each([
    ['Auth0 refuses it', { status: 400, body: { error: 'invalid_request' } }],
    ['Auth0 fails', { status: 500, body: 'oops' }],
    ['a gateway answers', { status: 403, body: '<html>', contentType: 'text/html' }],
  ])('goes on with the logout when %s', async (_, failure) => {
    await start({ logout: { revokeRefreshToken: true } });
    const person = await test!.logIn();
    test!.control.failNext('revoke', failure);

    const answer = await logOut(person);

    expect(answer.location).toContain('/oidc/logout');
    expect(test!.control.count('revoke')).toBe(1);
    expect(await isLoggedIn(test!, person)).toBe(false);
  });

  it('goes on with the logout when the revocation takes too long', async () => {
    await start({ logout: { revokeRefreshToken: true }, timeoutMs: 500 });
    const person = await test!.logIn();
    const held = test!.control.hold('revoke');

    const answer = await logOut(person);
    held.release();

    expect(answer.location).toContain('/oidc/logout');
    expect(await isLoggedIn(test!, person)).toBe(false);
  });

  it('logs out here when Auth0 is down', async () => {
    const { tenant } = await start({ logout: { revokeRefreshToken: true }, timeoutMs: 2_000 });
    const person = await test!.logIn();
    const second = await TestApp.start(adapter, { sharedTenant: tenant });
    try {
      await tenant.stop();
      const known = await logOut(person);
      expect(known.status).toBe(302);
      expect(await isLoggedIn(test!, person)).toBe(false);
      const undiscovered = await new Person().request(second.at('/auth/logout'), { method: 'POST' });
      expect(undiscovered.location, 'nothing is known of the tenant').toBe(`${second.url}/`);
    } finally {
      await second.stop();
    }
  });

  describe('returnTo', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await TestApp.start(adapter, { options: { logout: { allowedReturnTo: [ELSEWHERE] } } });
    });
    afterAll(() => app?.stop());

    it.each([
      ['a path of the application', '/bye', () => `${app.url}/bye`],
      ['an absolute URL of the list', ELSEWHERE, () => ELSEWHERE],
    ])('is %s', async (_, returnTo, expected) => {
      for (const method of ['POST', 'GET']) {
        const person = await app.logIn();
        const address = app.at(`/auth/logout?returnTo=${encodeURIComponent(returnTo)}`);
        expect(targetOf(await person.request(address, { method }))).toBe(expected());
      }
    });

    it.each([
      'https://www.example.com/goodbye',
      'https://www.example.com/goodbye?from=app&more=1',
      'https://www.example.com.evil.example/goodbye?from=app',
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ])('is not %s, and then nothing has happened', async (returnTo) => {
      const person = await app.logIn();
      const { answer, calls } = await watch(app, () =>
        person.request(app.at(`/auth/logout?returnTo=${encodeURIComponent(returnTo)}`), { method: 'POST' }),
      );
      expect(answer.status).toBe(400);
      expect(errorCodeOf(answer)).toBe('invalid_return_to');
      expect(calls).toEqual({});
      expect(await isLoggedIn(app, person)).toBe(true);
    });

    it('is there once', async () => {
      const person = await app.logIn();
      const answer = await person.request(app.at('/auth/logout?returnTo=/a&returnTo=/b'), { method: 'POST' });
      expect(answer.status).toBe(400);
      expect(await isLoggedIn(app, person)).toBe(true);
    });
  });
});

/** Where Auth0 is to send the browser. */
function targetOf(answer: Answer): string | null {
  return new URL(answer.location ?? '').searchParams.get('post_logout_redirect_uri');
}
