import { Controller, Get, Inject, Module, UseGuards, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import {
  Auth0ConnectModule,
  Auth0Instance,
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  InjectConnectedAccounts,
  InjectLogins,
  InjectSessions,
  LoginService,
  SessionGuard,
  SessionService,
  type Auth0ConnectExtras,
  type Auth0ConnectOptions,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person, type Answer } from '../support/person.js';
import { adapters, CLIENT, freePort, SECRET, type AdapterName } from '../support/test-app.js';

@Controller('staff')
@UseGuards(SessionGuard)
class StaffController {
  constructor(
    @Inject(ConnectedAccountsService) readonly accounts: ConnectedAccountsService,
    @InjectLogins() readonly logins: LoginService,
    @Inject(SessionService) readonly sessions: SessionService,
  ) {}

  @Get('token')
  token(@ConnectedToken('google-oauth2') token: string): { token: string } {
    return { token };
  }

  @Get('accounts')
  list(@CurrentSession() session: LoginSession): Promise<unknown> {
    return this.accounts.listConnectedAccounts(session);
  }
}

@Controller('guests')
@Auth0Instance('guests')
@UseGuards(SessionGuard)
class GuestsController {
  constructor(
    @InjectConnectedAccounts('guests') private readonly accounts: ConnectedAccountsService,
    @InjectLogins('guests') readonly logins: LoginService,
    @InjectSessions('guests') readonly sessions: SessionService,
  ) {}

  @Get('token')
  token(@ConnectedToken('google-oauth2') token: string): { token: string } {
    return { token };
  }

  @Get('accounts')
  list(@CurrentSession() session: LoginSession): Promise<unknown> {
    return this.accounts.listConnectedAccounts(session);
  }
}

@Module({})
class TwoTenantsModule {}

type InstanceOptions = Partial<Auth0ConnectOptions> & Auth0ConnectExtras;

async function startApp(
  adapter: AdapterName,
  port: number,
  staff: InstanceOptions,
  guests: InstanceOptions,
  controllers: Type[] = [],
): Promise<INestApplication> {
  const common = { ...CLIENT, secret: SECRET, appBaseUrl: `http://localhost:${port}`, allowInsecureHttp: true };
  return NestFactory.create(
    {
      module: TwoTenantsModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: ':memory:',
          entities: [...AUTH0_CONNECT_ENTITIES],
          migrations: [...AUTH0_CONNECT_MIGRATIONS],
          migrationsRun: true,
        }),
        Auth0ConnectModule.forRoot({ ...common, domain: 'http://localhost:1', ...staff }),
        Auth0ConnectModule.forRoot({ ...common, domain: 'http://localhost:1', ...guests }),
      ],
      controllers,
    },
    adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter(),
    { logger: false, abortOnError: false },
  );
}

async function together(staff: InstanceOptions, guests: InstanceOptions): Promise<unknown> {
  const app = await startApp('Express', 1, staff, guests);
  return app.init();
}

/** The same client id and the same users at both tenants: only the instance tells them apart. */
const cookie = (name: string): object => ({ session: { cookie: { name } } });

describe.each(adapters)('two module instances in one application on %s', (adapter) => {
  let tenants: { staff: LocalTenant; guests: LocalTenant };
  let app: INestApplication;
  let url: string;
  const prefix = { staff: 'auth', guests: 'guest-auth' };
  type Name = keyof typeof prefix;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    tenants = { staff: await startLocalTenant(), guests: await startLocalTenant() };
    for (const name of ['staff', 'guests'] as const) {
      tenants[name].addClient({
        ...CLIENT,
        redirectUris: [`${url}/${prefix[name]}/callback`],
        logoutUrls: [url],
      });
    }
    app = await startApp(
      adapter,
      port,
      { domain: tenants.staff.domain },
      { domain: tenants.guests.domain, name: 'guests', routes: { prefix: prefix.guests } },
      [StaffController, GuestsController],
    );
    await app.listen(port, 'localhost');
  });
  afterAll(async () => {
    await app?.close();
    await Promise.all(Object.values(tenants ?? {}).map((tenant) => tenant.stop()));
  });

  const at = (path: string): string => `${url}${path}`;
  async function logIn(name: Name, person = new Person(), user = 'auth0|alice'): Promise<Person> {
    const page = await person.open(at(`/${prefix[name]}/login?returnTo=/${prefix[name]}/profile`));
    expect(page.url.startsWith(tenants[name].domain)).toBe(true);
    const done = await person.submit(page, { user, action: 'login' });
    expect(done.json()).toMatchObject({ sub: user });
    return person;
  }
  async function connect(name: Name, person: Person): Promise<Answer> {
    const page = await person.open(at(`/${prefix[name]}/connect/google-oauth2?returnTo=/${name}/token`));
    return person.submit(page, { action: 'approve' });
  }
  const status = async (person: Person, path: string): Promise<number> => (await person.request(at(path))).status;

  /** A logout token of one tenant about Alice, to the route of an instance. */
  const send = async (from: Name, to: Name): Promise<number> => {
    const token = await tenants[from].control.logoutToken({ aud: CLIENT.clientId, sub: 'auth0|alice' });
    const body = new URLSearchParams({ logout_token: token });
    const answer = await new Person().request(at(`/${prefix[to]}/backchannel-logout`), { method: 'POST', body });
    return answer.status;
  };

  it('logs a person in to one and not to the other', async () => {
    const person = await logIn('staff');
    expect(await status(person, '/staff/accounts')).toBe(200);
    expect(await status(person, '/guest-auth/profile')).toBe(401);
    const answer = await person.request(at('/guests/accounts'));
    expect(answer.status).toBe(401);
    expect(answer.json<{ loginUrl: string }>().loginUrl.startsWith(at('/guest-auth/login'))).toBe(true);
  });

  const cookiesOf = (person: Person): [string, string][] =>
    person
      .cookieHeader(new URL(url))
      .split('; ')
      .map((pair) => pair.split('=', 2) as [string, string]);

  it('keeps two logins of one browser side by side, under cookies of their own', async () => {
    const person = await logIn('guests', await logIn('staff'), 'auth0|bob');
    expect((await person.request(at('/auth/profile'))).json()).toMatchObject({ sub: 'auth0|alice' });
    expect((await person.request(at('/guest-auth/profile'))).json()).toMatchObject({ sub: 'auth0|bob' });
    const names = cookiesOf(person).map(([name]) => name.replace(/_[0-9a-f]{6}$/, ''));
    expect(names).toEqual(expect.arrayContaining(['auth0_connect_session', 'auth0_connect_session_guests']));

    await person.request(at('/auth/logout'), { method: 'POST' });
    expect(await status(person, '/auth/profile')).toBe(401);
    expect(await status(person, '/guest-auth/profile')).toBe(200);
  });

  it('does not take the cookie of one for one of the other', async () => {
    const person = await logIn('staff');
    const thief = new Person();
    const [, stolen] = cookieNamed(cookiesOf(person), /^auth0_connect_session_[0-9a-f]{6}$/);
    expect(stolen).toMatch(/^[\w-]{43}$/);
    const [guestCookie] = cookieNamed(cookiesOf(await logIn('guests')), /^auth0_connect_session_guests_[0-9a-f]{6}$/);
    thief.plantCookie(url, guestCookie, stolen);
    expect(await status(thief, '/guest-auth/profile')).toBe(401);
    await thief.request(at('/guest-auth/logout'), { method: 'POST' });
    expect(await status(person, '/auth/profile'), 'and ends no session of the other').toBe(200);
  });

  it('does not complete a login of one at the callback of the other', async () => {
    const person = new Person();
    const until = at('/');
    const page = await person.open(at('/auth/login'), { until });
    const back = await person.submit(page, { user: 'auth0|alice', action: 'login' }, { until });
    const callback = new URL(back.location ?? '');
    callback.pathname = '/guest-auth/callback';
    tenants.guests.control.resetCounts();
    const answer = await person.request(callback);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ errorCode: 'invalid_state' });
    expect(tenants.guests.control.count('code')).toBe(0);
    callback.pathname = '/auth/callback';
    expect((await person.request(callback)).status, 'which leaves it pending').toBe(302);
  });

  it('connects accounts and keeps tokens for each apart', async () => {
    const person = await logIn('guests', await logIn('staff'));
    const staffs = await connect('staff', person);
    expect(staffs.json()).toEqual({ token: expect.any(String) });
    expect((await person.request(at('/guests/token'))).json()).toMatchObject({
      errorCode: 'connection_required',
      connectUrl: expect.stringContaining('/guest-auth/connect/google-oauth2'),
    });

    const guests = await connect('guests', person);

    expect(guests.json<{ token: string }>().token).not.toBe(staffs.json<{ token: string }>().token);
    for (const [name, answer] of [
      ['staff', staffs],
      ['guests', guests],
    ] as const) {
      expect((await person.request(at(`/${name}/token`))).text, 'the stored one').toBe(answer.text);
    }
    const { accounts } = (await person.request(at('/guests/accounts'))).json<{ accounts: { id: string }[] }>();
    await person.request(at(`/guest-auth/accounts/${accounts[0]?.id}`), { method: 'DELETE' });
    expect(await status(person, '/guests/token')).toBe(403);
    expect(await status(person, '/staff/token')).toBe(200);
  });

  it('finds a connect link of one by no address of the other', async () => {
    const person = await logIn('guests', await logIn('staff', new Person(), 'auth0|bob'), 'auth0|bob');
    const [session] = (await app.get(StaffController).sessions.listSessions('auth0|bob')) as [LoginSession];
    const { url: link } = await app.get(StaffController).accounts.createConnectLink(session, { connection: 'github' });

    tenants.guests.control.resetCounts();

    const elsewhere = await person.request(link.replace('/auth/link/', '/guest-auth/link/'));
    expect([elsewhere.status, elsewhere.json()]).toEqual([
      404,
      expect.objectContaining({ errorCode: 'connect_link_not_found' }),
    ]);
    expect(tenants.guests.control.count('connect')).toBe(0);

    const done = await person.submit(await person.open(link), { action: 'approve' });
    expect([done.status, tenants.staff.control.accounts('auth0|bob').length]).toEqual([200, 1]);
  });

  it('injects the services of each by its name', async () => {
    const { logins, sessions } = app.get(GuestsController);
    expect(logins).toBeInstanceOf(LoginService);
    const staff = app.get(StaffController);
    expect(logins).not.toBe(staff.logins);
    const { authorizationUrl } = await logins.startInteractiveLogin();
    expect(authorizationUrl.startsWith(tenants.guests.domain)).toBe(true);

    await logIn('guests', new Person(), 'auth0|carol');
    expect(await staff.sessions.listSessions('auth0|carol')).toEqual([]);
    expect(await staff.sessions.endAllSessions('auth0|carol')).toBe(0);
    expect(await sessions.listSessions('auth0|carol')).toHaveLength(1);
    expect(await app.get(DataSource).query('SELECT DISTINCT instance_key FROM auth0_connect_sessions')).toHaveLength(2);
  });

  it('ends sessions of its own only by back-channel logout', async () => {
    const person = await logIn('guests', await logIn('staff'));
    expect(await send('staff', 'guests'), 'a token of the other tenant').toBe(400);
    expect(await send('guests', 'guests')).toBe(200);
    expect(await status(person, '/guest-auth/profile')).toBe(401);
    expect(await status(person, '/auth/profile')).toBe(200);
  });
});

describe("a module instance that is called as the other's pending logins are", () => {
  it('is not taken for one of them, whoever logs in first', async () => {
    const tenant = await startLocalTenant();
    const port = await freePort();
    const at = (path: string): string => `http://localhost:${port}${path}`;
    const prefixes = ['auth', 'login-auth'];
    tenant.addClient({
      ...CLIENT,
      redirectUris: prefixes.map((prefix) => at(`/${prefix}/callback`)),
      logoutUrls: [at('')],
    });
    const { domain } = tenant;
    const login = { domain, name: 'login', routes: { prefix: 'login-auth' }, ...cookie('app_login') };
    const app = await startApp('Express', port, { domain, ...cookie('app') }, login);
    await app.listen(port, 'localhost');
    try {
      for (const order of [prefixes, prefixes.toReversed()]) {
        const person = new Person();
        const users = new Map(order.map((prefix, index) => [prefix, ['auth0|alice', 'auth0|bob'][index]!]));
        for (const [prefix, user] of users) {
          const page = await person.open(at(`/${prefix}/login?returnTo=/${prefix}/profile&prompt=login`));
          expect((await person.submit(page, { user, action: 'login' })).json()).toMatchObject({ sub: user });
        }
        // Logins that are begun and left, beside both sessions.
        for (const prefix of order) {
          const [begun = ''] = (await person.request(at(`/${prefix}/login`))).headers.getSetCookie();
          expect(begun).toMatch(/^app(_login)?\.login\./);
        }
        for (const [prefix, user] of users) {
          expect((await person.request(at(`/${prefix}/profile`))).json()).toMatchObject({ sub: user });
        }
      }
    } finally {
      await app.close();
      await tenant.stop();
    }
  });
});

describe('two module instances that cannot live together', () => {
  it('are found at start-up by their routes', async () => {
    await expect(together({}, { name: 'guests' })).rejects.toThrow(/"guests".*the same route "auth\/login"/s);
  });

  it('are found at start-up by their cookies', async () => {
    const session = { cookie: { name: 'session' } };
    const guests = { name: 'guests', session, routes: { prefix: 'guest-auth' } };
    await expect(together({ session }, guests)).rejects.toThrow(/same session\.cookie\.name "session"/);
  });

  it('are found at start-up by their names', async () => {
    await expect(together({}, { routes: { prefix: 'guest-auth' } })).rejects.toThrow(/imported twice/);
  });
});

function cookieNamed(cookies: [string, string][], pattern: RegExp): [string, string] {
  return cookies.find(([name]) => pattern.test(name)) ?? ['', ''];
}
