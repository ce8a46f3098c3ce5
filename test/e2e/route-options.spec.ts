import { Controller, Get, Inject, Query, Redirect, Req, Res, UseGuards } from '@nestjs/common';
import {
  ConnectCookies,
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  LoginService,
  LoginSession,
  Public,
  SessionGuard,
  type HttpRequest,
} from 'nestjs-auth0-connect';
import { afterEach, describe, expect, it } from 'vitest';
import { pendingConnect, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';

/** What somebody writes who wants controllers of their own. */
@Controller('my')
@UseGuards(SessionGuard)
class OwnController {
  constructor(
    @Inject(LoginService) private readonly logins: LoginService,
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
  ) {}

  @Get('login')
  @Public()
  @Redirect()
  async login(@Req() request: HttpRequest, @Res({ passthrough: true }) response: unknown): Promise<{ url: string }> {
    const { authorizationUrl, browserId } = await this.logins.startInteractiveLogin({
      appState: { from: 'my' },
      redirectUri: `http://${request.headers.host as string}/my/callback`,
      browserId: this.cookies.readBrowserId(request),
    });
    this.cookies.writeBrowserId(response, browserId);
    return { url: authorizationUrl };
  }

  @Get('callback')
  @Public()
  async callback(@Req() request: HttpRequest, @Res({ passthrough: true }) response: unknown): Promise<unknown> {
    const done = await this.logins.completeInteractiveLogin(request.originalUrl, {
      browserId: this.cookies.readBrowserId(request),
      previousSessionToken: this.cookies.readSessionToken(request),
    });
    this.cookies.writeSessionToken(response, done.sessionToken, done.session);
    return { user: done.session.userId, appState: done.appState };
  }

  @Get('connect')
  @Redirect()
  async connect(@CurrentSession() session: LoginSession, @Req() request: HttpRequest): Promise<{ url: string }> {
    const { connectUrl } = await this.accounts.startConnectAccount(session, {
      connection: 'github',
      redirectUri: `http://${request.headers.host as string}/my/connected`,
      scopes: ['repo'],
      appState: [1, { two: null }, 'three'],
      authorizationParams: { prompt: 'consent' },
    });
    return { url: connectUrl };
  }

  @Get('connected')
  async connected(@CurrentSession() session: LoginSession, @Req() request: HttpRequest): Promise<unknown> {
    return this.accounts.completeConnectAccount(session, request.originalUrl);
  }

  @Get('all')
  async all(@CurrentSession() session: LoginSession, @Query('take') take: string): Promise<unknown> {
    const [accounts, connections]: [string[], string[]] = [[], []];
    for await (const { connection } of this.accounts.iterateConnectedAccounts(session, { take: Number(take) })) {
      accounts.push(connection);
    }
    for await (const { name } of this.accounts.iterateConnectedAccountConnections(session, { take: Number(take) })) {
      connections.push(name);
    }
    return { accounts, connections };
  }

  @Get('token')
  token(@ConnectedToken('github') token: string): unknown {
    return { token };
  }
}

function allow(app: TestApp, ...paths: string[]): void {
  app.tenant.addClient({ ...CLIENT, redirectUris: paths.map((path) => app.at(path)), logoutUrls: [app.url] });
}

async function status(app: TestApp, path: string, person = new Person()): Promise<number> {
  return (await person.request(app.at(path))).status;
}

describe.each(adapters)('routes that are moved or switched off on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });
  const start = async (
    ...options: Parameters<typeof TestApp.start> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<TestApp> => (test = await TestApp.start(adapter, ...options));

  it('answer at their new places, which every address in an answer names', async () => {
    const app = await start({
      options: {
        routes: {
          prefix: '/account/',
          login: 'sign-in',
          callback: 'back',
          connectCallback: 'connected',
          connect: 'attach',
          profile: 'me',
        },
      },
    });
    allow(app, '/account/back', '/account/connected');
    const person = new Person();
    const anonymous = await person.request(app.at('/calendar'));
    const login = await person.open(anonymous.json<{ loginUrl: string }>().loginUrl);
    const refused = await person.submit(login, { user: 'auth0|alice', action: 'login' });
    const { connectUrl } = refused.json<{ connectUrl: string }>();
    const consent = await person.open(connectUrl);
    const callback = await person.submit(consent, { action: 'approve' }, { until: app.url });
    const done = await person.open(callback.location ?? '');

    expect(refused.url).toBe(app.at('/calendar'));
    expect(connectUrl).toContain(app.at('/account/attach/google-oauth2'));
    expect(callback.location).toContain(app.at('/account/connected?'));
    expect(done.url).toBe(app.at('/calendar'));
    expect(done.status).toBe(200);
    expect(await status(app, '/account/me', person)).toBe(200);
    const old = ['/auth/login', '/auth/callback', '/auth/profile', '/account/login'];
    expect(await Promise.all(old.map((path) => status(app, path)))).toEqual([404, 404, 404, 404]);
  });

  it('complete only their own kind where login and connect have a callback each', async () => {
    const app = await start({ options: { routes: { connectCallback: 'connected' } } });
    const person = await app.logIn();
    const login = await pendingLogin(app, person);
    const connect = await pendingConnect(app, person);
    expect(connect.pathname).toBe('/auth/connected');

    const swapped = [
      await person.request(Object.assign(new URL(login), { pathname: '/auth/connected' })),
      await person.request(Object.assign(new URL(connect), { pathname: '/auth/callback' })),
    ];

    expect(swapped.map((answer) => answer.status)).toEqual([400, 400]);
    expect((await person.request(connect)).status, 'and the transactions are untouched').toBe(302);
    expect((await person.request(login)).status).toBe(302);
  });

  it('stand below the global prefix', async () => {
    const app = await start({ configure: (nest) => nest.setGlobalPrefix('api') });
    const person = new Person();
    const anonymous = await person.request(app.at('/api/calendar'));
    const { loginUrl } = anonymous.json<{ loginUrl: string }>();
    const login = await person.open(loginUrl);
    const done = await person.submit(login, { user: 'auth0|alice', action: 'login' });

    expect(loginUrl).toContain(app.at('/api/auth/login'));
    expect(done.url).toBe(app.at('/api/calendar'));
    expect(done.json<{ connectUrl: string }>().connectUrl).toContain(app.at('/api/auth/connect/google-oauth2'));
    expect(await status(app, '/auth/login')).toBe(404);
  });

  it('are gone one by one, and no answer names them', async () => {
    const app = await start({
      options: { routes: { profile: false, connect: false, connections: false, accounts: false, logout: false } },
    });
    const person = await app.logIn();

    const refused = await person.request(app.at('/calendar'));

    const off = ['/auth/profile', '/auth/connect/github', '/auth/connections', '/auth/accounts', '/auth/logout'];
    expect(await Promise.all(off.map((path) => status(app, path, person)))).toEqual([404, 404, 404, 404, 404]);
    expect(refused.json()).toMatchObject({ errorCode: 'connection_required' });
    expect(refused.json()).not.toHaveProperty('connectUrl');
  });

  it('are all gone, and the services serve controllers of one’s own', async () => {
    const app = await start({ options: { routes: false }, controllers: [OwnController] });
    allow(app, '/my/callback', '/my/connected');
    const person = new Person();
    const off = ['login', 'callback', 'logout', 'profile', 'connect/github', 'accounts', 'connections'];
    expect(new Set(await Promise.all(off.map((path) => status(app, `/auth/${path}`))))).toEqual(new Set([404]));
    expect((await person.request(app.at('/calendar'))).json()).not.toHaveProperty('loginUrl');

    const login = await person.open(app.at('/my/login'));
    const loggedIn = await person.submit(login, { user: 'auth0|alice', action: 'login' });
    const consent = await person.open(app.at('/my/connect'));
    const connected = await person.submit(consent, { action: 'approve' });

    expect(loggedIn.json()).toEqual({ user: 'auth0|alice', appState: { from: 'my' } });
    expect(connected.json()).toMatchObject({
      account: { connection: 'github', scopes: ['repo'] },
      appState: [1, { two: null }, 'three'],
      returnTo: '/',
    });
    expect(await status(app, '/my/token', person)).toBe(200);
    app.control.connectAccount('auth0|alice', 'slack');
    expect((await person.request(app.at('/my/all?take=1'))).json()).toEqual({
      accounts: ['github', 'slack'],
      connections: ['google-oauth2', 'github', 'slack'],
    });
  });

  it('set cookies for https only where people reach the application by https', async () => {
    const app = await start({
      options: { appBaseUrl: 'https://app.example.com', authorizationParams: { audience: API_AUDIENCE } },
    });

    const [cookie] = (await new Person().request(app.at('/auth/login'))).headers.getSetCookie();

    expect(cookie).toMatch(/^__Host-auth0_connect_session\.login\.[0-9a-f]{8}=[\w-]{43};/);
    expect(cookie).toMatch(/; Secure/i);
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; SameSite=Lax/i);
    expect(cookie).toMatch(/; Path=\//i);
    expect(cookie).not.toMatch(/Domain/i);
  });

  it('never take their own address from a header', async () => {
    const app = await start();
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };

    const login = await new Person().request(app.at('/auth/login'), { headers });
    const anonymous = await new Person().request(app.at('/calendar'), { headers });

    expect(new URL(login.location ?? '').searchParams.get('redirect_uri')).toBe(app.at('/auth/callback'));
    expect(anonymous.text).not.toContain('evil');
  });
});
