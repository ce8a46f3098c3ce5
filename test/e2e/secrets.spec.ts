import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCodeOf, pendingConnect, pendingLogin, watch } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, SECRET, TestApp, type TestAppOptions } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

const NEW_SECRET = 'another test secret that is long enough, for the rotation';

/** Every column of every table, as text. */
async function dump({ database }: TestApp): Promise<string> {
  const tables: { name: string }[] = await database.query("SELECT name FROM sqlite_master WHERE type = 'table'");
  const contents = await Promise.all(tables.map(({ name }) => database.query<unknown[]>(`SELECT * FROM "${name}"`)));
  return JSON.stringify(contents);
}

describe.each(adapters)('what is stored on %s', (adapter) => {
  let directory: string;
  const apps: TestApp[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'auth0-connect-'));
  });
  afterEach(async () => {
    for (const app of apps.splice(0).toReversed()) await app.stop();
    await rm(directory, { recursive: true });
  });

  /** Another start of the application, with the same database and tenant. */
  const start = async (options: TestAppOptions['options'] = {}): Promise<TestApp> => {
    const app = await TestApp.start(adapter, {
      database: { type: 'better-sqlite3', database: join(directory, 'db.sqlite') },
      controllers: [TokenController],
      sharedTenant: apps[0]?.tenant,
      options,
    });
    apps.push(app);
    return app;
  };

  it('holds no token, verifier or cookie in clear, nor in an encoding of it', async () => {
    const app = await start();
    const secrets = new Map<string, string>();
    const keep = (name: string, value: unknown): void => {
      if (typeof value === 'string') secrets.set(`${name} ${secrets.size}`, value);
    };
    const keepAll = (body: Record<string, unknown>): Record<string, unknown> => {
      for (const name of ['access_token', 'refresh_token', 'id_token', 'auth_session']) keep(name, body[name]);
      return body;
    };
    for (const kind of ['code', 'refresh', 'exchange', 'connect'] as const) app.control.rewriteNext(kind, keepAll, 20);

    const person = await app.logIn();
    for (const connection of ['google-oauth2', 'github']) await app.connect(person, connection);
    expect((await person.request(app.at('/calendar/both'))).status).toBe(200);
    expect((await person.request(app.at('/calendar'))).status).toBe(200);
    expect((await person.request(app.at(`/tokens/api?audience=${API_AUDIENCE}&scope=read:events`))).status).toBe(200);
    expect((await person.request(app.at('/auth/accounts'))).status).toBe(200);
    const login = await pendingLogin(app, person);
    const connect = await pendingConnect(app, person, { connection: 'slack' });
    for (const url of [login, connect]) keep('state', url.searchParams.get('state'));
    keep('connect code', connect.searchParams.get('connect_code'));
    const stored = await dump(app);
    for (const url of [login, connect]) await person.request(url);
    for (const { body } of app.control.requests) {
      const { code_verifier: verifier, refresh_token: token } = (body ?? {}) as Record<string, unknown>;
      keep('code verifier', verifier);
      keep('refresh token', token);
    }
    for (const { query } of app.control.requests) keep('nonce', query.nonce);
    for (const cookie of person.cookieHeader(new URL(app.url)).split('; ')) {
      if (cookie.startsWith('auth0_connect')) keep(cookie.split('=')[0] ?? '', cookie.split('=')[1]);
    }
    keep('client secret', 'test-client-secret');
    keep('secret', SECRET);

    const names = [...secrets.keys()].map((name) => name.replace(/ \d+$/, '').replace(/\.[0-9a-f]{8}$/, ''));
    expect(new Set(names)).toEqual(
      new Set([
        'access_token',
        'refresh_token',
        'id_token',
        'auth_session',
        'code verifier',
        'refresh token',
        'state',
        'nonce',
        'connect code',
        'auth0_connect_session',
        'auth0_connect_session.login',
        'client secret',
        'secret',
      ]),
    );
    const everything = stored + (await dump(app));
    expect(everything, 'what is no secret is there').toContain('auth0|alice');
    for (const [name, value] of secrets) {
      for (const form of [
        value,
        encodeURIComponent(value),
        Buffer.from(value).toString('base64url'),
        Buffer.from(value).toString('hex'),
      ]) {
        expect(everything.includes(form.slice(0, 500)), `${name} is there in clear`).toBe(false);
      }
    }
  });

  it('holds no session cookie of a value that another one would open', async () => {
    const app = await start();
    const person = await app.logIn();
    const rows: { id: string }[] = await app.database.query('SELECT id FROM auth0_connect_sessions');

    for (const { id } of rows) {
      for (const value of [id, id.slice(0, 43), Buffer.from(id, 'hex').toString('base64url')]) {
        const thief = new Person();
        thief.plantCookie(app.url, 'auth0_connect_session', value);
        expect((await thief.request(app.at('/auth/profile'))).status).toBe(401);
      }
    }
    expect((await person.request(app.at('/auth/profile'))).status).toBe(200);
  });

  it('is still good after the secret was rotated', async () => {
    const before = await start();
    const person = await before.logIn();
    await before.connect(person, 'google-oauth2');
    const { text } = await person.request(before.at('/calendar'));
    const after = await start({ secret: [NEW_SECRET, SECRET] });

    const { answer, calls } = await watch(after, () => person.request(after.at('/calendar')));
    expect(answer.text).toBe(text);
    expect(calls, 'the stored token was read').toEqual({});
    expect((await person.request(after.at('/auth/accounts'))).status, 'so was the refresh token').toBe(200);

    // What is sealed from now on needs the new secret alone.
    const later = await after.logIn('auth0|bob');
    const alone = await start({ secret: NEW_SECRET });
    expect((await later.request(alone.at('/auth/accounts'))).status).toBe(200);
  });

  it('asks to log in again where the secret was lost, without a 500, and works from then on', async () => {
    const before = await start();
    const person = await before.logIn();
    await before.connect(person, 'google-oauth2');
    await person.request(before.at('/calendar'));
    const after = await start({ secret: NEW_SECRET });

    const paths = ['/calendar', '/auth/accounts', '/auth/connections', '/auth/connect/github', '/tokens/api'];
    const answers = await Promise.all(paths.map((path) => person.request(after.at(path))));
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(answers.map(errorCodeOf))).toEqual(new Set(['login_required']));
    await after.logIn('auth0|alice', person);
    expect((await person.request(after.at('/calendar'))).status).toBe(200);
  });

  it('brings nobody into a dead end at login or logout where the secret was lost', async () => {
    const before = await start();
    const person = await before.logIn();
    const pending = await pendingLogin(before, person);
    const after = await start({ secret: NEW_SECRET });

    const callback = await person.request(after.at(`${pending.pathname}${pending.search}`));
    const logout = await person.request(after.at('/auth/logout'), { method: 'POST' });

    expect(callback.status).toBe(400);
    expect(errorCodeOf(callback)).toBe('invalid_state');
    expect(logout.status).toBe(302);
    expect((await person.request(after.at('/auth/profile'))).status).toBe(401);
  });

  it.each([
    ['refresh_token', 'auth0_connect_sessions', '/auth/connections', 401],
    ['access_token', 'auth0_connect_connection_tokens', '/calendar', 200], // a new one, of their own
  ])('is not taken from another row: a %s that was copied', async (column, table, path, status) => {
    const app = await start();
    const alice = await app.logIn('auth0|alice');
    const bob = await app.logIn('auth0|bob');
    for (const person of [alice, bob]) await app.connect(person, 'google-oauth2');
    const tokenOfAlice = (await alice.request(app.at('/calendar'))).text;
    await bob.request(app.at('/calendar'));
    await app.database.query('DELETE FROM auth0_connect_api_access_tokens');
    await app.database.query(
      `UPDATE ${table} SET ${column} = (SELECT other.${column} FROM ${table} other WHERE other.user_key <> ${table}.user_key)
       WHERE user_key = (SELECT user_key FROM auth0_connect_sessions WHERE user_id = 'auth0|bob')`,
    );

    const answer = await bob.request(app.at(path));

    expect(answer.text).not.toBe(tokenOfAlice);
    expect(answer.status).toBe(status);
  });
});
