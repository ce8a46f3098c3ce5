import { Auth0Client } from '@auth0/nextjs-auth0/server';
import type { LocalTenant } from 'auth0-local-tenant';
import { decodeJwt } from 'jose';
import { NextRequest, NextResponse } from 'next/server.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { startApplication, type Application } from './support/application.js';
import { approve, logIn } from './support/at-the-tenant.js';
import { serveNext } from './support/next-server.js';
import { API, CALENDAR, ORDERS, startTenant, WEB } from './support/tenant.js';

/** The routes of the SDK behind its middleware, and of an application that uses it, as Next.js would call them. */
describe('@auth0/nextjs-auth0', () => {
  let tenant: LocalTenant;
  let application: Application;
  let auth0: Auth0Client;
  let person: Person;
  beforeAll(async () => {
    tenant = await startTenant({ tls: undefined });
    application = await startApplication();
    const { url } = application;
    tenant.addClient({ ...WEB, redirectUris: [`${url}/auth/callback`], logoutUrls: [url] });
    auth0 = new Auth0Client({
      domain: tenant.domain,
      allowInsecureRequests: true,
      ...WEB,
      appBaseUrl: url,
      secret: 'a'.repeat(64),
      authorizationParameters: { scope: 'openid profile email offline_access read:events', audience: API },
      enableConnectAccountEndpoint: true,
      session: { cookie: { secure: false } },
      transactionCookie: { secure: false },
    });
    serveNext(application, answer);
  });
  afterAll(async () => {
    await application.stop();
    await tenant.stop();
  });
  beforeEach(async () => {
    person = new Person();
    const page = await person.open(`${application.url}/auth/login?returnTo=/session`);
    const callback = await logIn(person, page, `${application.url}/auth/callback`);
    await person.open(callback);
  });

  const answer = async (request: NextRequest): Promise<Response> => {
    const { pathname, searchParams } = request.nextUrl;
    const passed = await auth0.middleware(request);
    if (pathname.startsWith('/auth/')) return passed;
    try {
      return NextResponse.json(await handlers[pathname]?.(request, passed, Object.fromEntries(searchParams)), {
        headers: passed.headers,
      });
    } catch (error) {
      return NextResponse.json({ error: String(error) }, { status: 500 });
    }
  };

  const handlers: Record<
    string,
    (request: NextRequest, response: NextResponse, query: Record<string, string>) => Promise<unknown>
  > = {
    '/session': async (request) => auth0.getSession(request),
    '/token': async (request, response, query) => auth0.getAccessToken(request, response, query),
    '/connection-token': async (request, response, { connection = '' }) =>
      auth0.getAccessTokenForConnection({ connection }, request, response),
    '/accounts': async (request, response) => auth0.getConnectedAccounts(request, response),
    '/disconnect': async (request, response, { connection = '' }) =>
      auth0.disconnectAccount({ connection }, request, response),
  };

  const ask = async <T = Record<string, string>>(path: string): Promise<T> =>
    (await person.open(`${application.url}${path}`)).json<T>();

  const connect = async (): Promise<void> => {
    const query = new URLSearchParams([
      ['connection', 'google-oauth2'],
      ['scopes', 'openid'],
      ['scopes', CALENDAR],
      ['returnTo', '/session'],
    ]);
    const page = await person.open(`${application.url}/auth/connect?${query}`);
    const callback = await approve(person, page, `${application.url}/auth/callback`);
    await person.open(callback);
  };

  it('logs in, and refreshes for its own API and for another (MRRT)', async () => {
    expect(await ask('/session')).toMatchObject({ user: { sub: 'auth0|alice' } });
    const { token } = await ask('/token?refresh=true');
    expect(decodeJwt(token ?? '')).toMatchObject({ sub: 'auth0|alice', aud: [API, `${tenant.issuer}userinfo`] });
    const other = await ask(`/token?audience=${encodeURIComponent(ORDERS)}&scope=read:orders`);
    expect(decodeJwt(other.token ?? '').aud).toContain(ORDERS);
  });

  it('connects an account, lists it, uses its token and disconnects it', async () => {
    await connect();
    expect(await ask('/accounts')).toMatchObject([{ connection: 'google-oauth2', scopes: ['openid', CALENDAR] }]);
    expect(await ask('/connection-token?connection=google-oauth2')).toMatchObject({
      token: expect.stringMatching(/^google-oauth2_/),
    });
    await ask('/disconnect?connection=google-oauth2');
    expect(tenant.control.accounts('auth0|alice')).toEqual([]);
  });

  it('shows its profile, and logs out here and at the tenant', async () => {
    expect(await ask('/auth/profile')).toMatchObject({ nickname: 'alice' });
    const out = await person.open(`${application.url}/auth/logout`, { until: application.url });
    expect(out.location).toBe(`${application.url}/`);
    expect(await ask('/session')).toBeNull();
    const again = await person.open(`${application.url}/auth/login`);
    expect(again.text, 'the login page').toContain('name="user"');
  });
});
