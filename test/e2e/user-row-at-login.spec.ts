import { Inject, Injectable } from '@nestjs/common';
import { Auth0ConnectHooks, type BeforeSessionBegins, type BeginningSession } from 'nestjs-auth0-connect';
import { Column, DataSource, Entity, PrimaryColumn, Table } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Logger, type INestApplication } from '@nestjs/common';
import { allDatabases, createDatabase, type TestDatabase } from '../support/databases.js';
import { isLoggedIn, NAVIGATION, pendingLogin, storedRows } from '../support/flows.js';
import { Person } from '../support/person.js';
import { TestApp } from '../support/test-app.js';

@Entity('people')
class PersonRow {
  @PrimaryColumn({ type: 'varchar', length: 255 })
  id: string;

  @Column({ type: 'varchar', length: 255 })
  email: string;
}

/** What a tariff allows: the second statement of the transaction, which may refuse. */
@Entity('seats')
class Seat {
  @PrimaryColumn({ type: 'varchar', length: 255 })
  number: string;

  @Column({ type: 'varchar', length: 255 })
  person: string;
}

@Injectable()
@Auth0ConnectHooks()
class UserRows implements BeforeSessionBegins {
  seat = '1';

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async beforeSessionBegins({ userId, user }: BeginningSession): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.upsert(PersonRow, { id: userId, email: user.email ?? '' }, ['id']);
      const has = await manager.existsBy(Seat, { person: userId });
      if (!has) await manager.insert(Seat, { number: this.seat, person: userId });
    });
  }
}

async function makeTables(app: INestApplication): Promise<void> {
  const runner = app.get(DataSource).createQueryRunner();
  const text = { type: 'varchar', length: '255' };
  const tables = { people: ['id', 'email'], seats: ['number', 'person'] };
  for (const [name, columns] of Object.entries(tables)) {
    const described = columns.map((column, at) => ({ ...text, name: column, isPrimary: at === 0 }));
    await runner.createTable(new Table({ name, columns: described }));
  }
  await runner.release();
}

const used = allDatabases.filter(({ name }) => name !== 'MariaDB');

describe.each(used)("the application's own row of a user, made at the login on $name", ({ name, missing }) => {
  let database: TestDatabase;
  let test: TestApp;
  beforeAll(async () => {
    if (missing) return;
    database = await createDatabase(name);
    test = await TestApp.start('Fastify', {
      database: database.options,
      entities: [PersonRow, Seat],
      providers: [UserRows],
      beforeListen: makeTables,
    });
  });
  afterAll(async () => {
    await test?.stop();
    await database?.drop();
  });
  afterEach(() => void vi.restoreAllMocks());

  it.skipIf(missing)('is there with the session, once, and as Auth0 knows the user now', async () => {
    const person = await test.logIn('auth0|alice');
    expect(await isLoggedIn(test, person)).toBe(true);
    test.control.idTokenClaims('auth0|alice', { email: 'new@example.com' });
    await test.logIn('auth0|alice');
    expect(await test.database.manager.find(PersonRow)).toEqual([{ id: 'auth0|alice', email: 'new@example.com' }]);
  });

  it.skipIf(missing)('is not there when its transaction fails, and neither is anything of ours', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const person = new Person();
    const before = await storedRows(test);
    const callback = await pendingLogin(test, person, { user: 'auth0|bob' });

    const answer = await person.request(callback, { headers: NAVIGATION }); // the seat is taken

    expect(answer.location).toContain('auth0_connect_error=callback_failed');
    expect(await isLoggedIn(test, person)).toBe(false);
    expect(await test.database.manager.existsBy(PersonRow, { id: 'auth0|bob' })).toBe(false);
    expect(await storedRows(test)).toEqual(before);

    test.app.get(UserRows).seat = '2';
    await test.logIn('auth0|bob', person);
    expect(await isLoggedIn(test, person)).toBe(true);
    expect(await test.database.manager.countBy(Seat, { person: 'auth0|bob' })).toBe(1);
  });
});
