import { Controller, Get, Module, UseGuards, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { Auth0ConnectModule, ConnectedToken, CurrentUser, SessionGuard, type UserClaims } from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { Person, type Answer } from '../support/person.js';
import { CLIENT, SECRET } from '../support/test-app.js';

/** One class in both applications. */
@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(SessionGuard)
  notes(@CurrentUser() user: UserClaims): { of: string } {
    return { of: user.sub };
  }

  @Get('calendar')
  @UseGuards(SessionGuard)
  calendar(@ConnectedToken('google-oauth2') token: string): { token: string } {
    return { token };
  }

  @Get('unguarded')
  unguarded(@CurrentUser() user: UserClaims | null): { of: string | undefined } {
    return { of: user?.sub };
  }
}

@Module({})
class SharingModule {}

/** Leaves to the other what it has no route for: Nest 11 answers 404 whatever its prefix is. */
class SharingAdapter extends ExpressAdapter {
  override setNotFoundHandler(): this {
    return this;
  }
}

const PREFIXES = ['staff', 'guests'] as const;
type Prefix = (typeof PREFIXES)[number];

describe('two Nest applications on one Express instance, each under a prefix', () => {
  let tenant: LocalTenant;
  let port: number;
  const apps = new Map<Prefix, INestApplication>();
  const at = (path: string): string => `http://localhost:${port}${path}`;

  async function create(prefix: Prefix, express?: unknown): Promise<INestApplication> {
    const app = await NestFactory.create(
      {
        module: SharingModule,
        imports: [
          TypeOrmModule.forRoot({
            type: 'better-sqlite3',
            database: ':memory:',
            entities: [...AUTH0_CONNECT_ENTITIES],
            migrations: [...AUTH0_CONNECT_MIGRATIONS],
            migrationsRun: true,
          }),
          Auth0ConnectModule.forRoot({
            domain: tenant.domain,
            ...CLIENT,
            secret: SECRET,
            appBaseUrl: at(''),
            allowInsecureHttp: true,
            session: { cookie: { name: prefix } },
          }),
        ],
        controllers: [NotesController],
      },
      new SharingAdapter(express),
      { logger: false, abortOnError: false },
    );
    app.setGlobalPrefix(prefix);
    apps.set(prefix, app);
    return app;
  }

  beforeAll(async () => {
    tenant = await startLocalTenant();
    port = await freePort();
    tenant.addClient({
      ...CLIENT,
      redirectUris: PREFIXES.map((prefix) => at(`/${prefix}/auth/callback`)),
      logoutUrls: [at('')],
    });
    const staff = await create('staff');
    await staff.init();
    const guests = await create('guests', staff.getHttpAdapter().getInstance());
    await guests.listen(port, 'localhost');
  });
  afterAll(async () => {
    for (const app of apps.values()) await app.close();
    await tenant?.stop();
  });

  async function logIn(prefix: Prefix, user: string, person = new Person()): Promise<Person> {
    const page = await person.open(at(`/${prefix}/auth/login?returnTo=/${prefix}/notes&prompt=login`));
    await person.submit(page, { user, action: 'login' });
    return person;
  }
  const notes = async (person: Person, prefix: Prefix): Promise<unknown> => {
    const answer = await person.request(at(`/${prefix}/notes`));
    return answer.status === 200 ? answer.json().of : answer.status;
  };

  it('log a person in to one and not to the other', async () => {
    const person = await logIn('staff', 'auth0|alice');
    expect([await notes(person, 'staff'), await notes(person, 'guests')]).toEqual(['auth0|alice', 401]);
  });

  it('know one browser as two people, whichever is asked first', async () => {
    const person = await logIn('staff', 'auth0|alice');
    await logIn('guests', 'auth0|bob', person);
    const asked = await Promise.all([...PREFIXES, ...PREFIXES.toReversed()].map((prefix) => notes(person, prefix)));
    expect(asked).toEqual(['auth0|alice', 'auth0|bob', 'auth0|bob', 'auth0|alice']);
  });

  it("hand out each user's own token", async () => {
    const person = await logIn('staff', 'auth0|alice');
    await logIn('guests', 'auth0|bob', person);
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    const [staff, guests] = (await Promise.all(
      PREFIXES.map((prefix) => person.request(at(`/${prefix}/notes/calendar`))),
    )) as [Answer, Answer];
    expect([staff.status, guests.status, guests.json().errorCode]).toEqual([200, 403, 'connection_required']);
  });

  it('act for nobody where no guard says which of them it is', async () => {
    const person = await logIn('staff', 'auth0|alice');
    for (const prefix of PREFIXES) {
      expect((await person.request(at(`/${prefix}/notes/unguarded`))).status).toBe(500);
    }
  });

  it('leave the other alone when one ends', async () => {
    const person = await logIn('guests', 'auth0|bob');
    await apps.get('staff')!.close();
    apps.delete('staff');
    expect(await notes(person, 'guests')).toBe('auth0|bob');
    expect((await person.request(at('/guests/notes/unguarded'))).json()).toEqual({ of: 'auth0|bob' });
  });
});
