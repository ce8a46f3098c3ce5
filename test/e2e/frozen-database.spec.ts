import { Logger } from '@nestjs/common';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDatabase, databases, type DatabaseName, type TestDatabase } from '../support/databases.js';
import { errorCodeOf, NAVIGATION, until } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { freePort } from '../support/free-port.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { CLIENT, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

/** What the database has to answer in. */
const TIMEOUT_MS = 1000;

const servers = databases.filter(({ name }) => name !== 'SQLite');

/** It takes connections and bytes and says nothing, as a machine does that swaps, or a firewall that forgets. */
describe.each(servers)('a $name that is frozen, with a driver that waits without end', ({ name, missing }) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let test: TestApp;
  let alice: Person;

  beforeAll(async () => {
    if (missing) return;
    database = await createDatabase(name);
    const behind = await behindProxy(name, database);
    ({ proxy } = behind);
    test = await TestApp.start('Express', {
      database: behind.options,
      options: { timeoutMs: TIMEOUT_MS },
      controllers: [TokenController],
    });
    alice = await test.logIn();
    await test.connect(alice, 'google-oauth2');
    await alice.request(test.at('/calendar'));
  });
  afterAll(async () => {
    proxy?.restore();
    await test?.stop();
    await proxy?.stop();
    await database?.drop();
  });
  afterEach(() => void vi.restoreAllMocks());

  const isServed = async (): Promise<boolean> => (await alice.request(test.at('/auth/profile'))).status === 200;

  it.skipIf(missing)('makes no request hang: each is told 503, and when to ask again', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    proxy.silence();
    const asked: Promise<Answer>[] = [
      ...['/auth/profile', '/calendar', '/tokens/api?scope=read:events', '/auth/accounts'].map((path) =>
        alice.request(test.at(path)),
      ),
      ...['/auth/logout', '/auth/connect/github'].map((path) =>
        alice.request(test.at(path), { headers: { ...NAVIGATION, accept: 'application/json' } }),
      ),
      new Person().request(test.at('/auth/login'), { headers: { ...NAVIGATION, accept: 'application/json' } }),
    ];
    const answers = await Promise.all(asked);
    proxy.restore();
    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
      asked.map(() => [503, '2']),
    );
    expect(answers.map(errorCodeOf)).toEqual(asked.map(() => 'storage_unavailable'));
    expect(warn.mock.calls.filter(([line]) => String(line).includes('ETIMEDOUT')).length).toBeLessThanOrEqual(1);
    await until('it is served again', isServed);
  });

  it.skipIf(missing)('loses no refresh token that Auth0 replaces meanwhile', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const isKept = (): boolean => error.mock.calls.some(([line]) => String(line).includes('It is kept meanwhile'));
    test.control.setRefreshTokenRotation(CLIENT.clientId, true);
    const hold = test.control.hold('refresh');
    const asked = alice.request(test.at('/tokens/api?scope=write:events'));
    await hold.arrived;
    proxy.silence();
    hold.release();
    await until('the new one cannot be stored', isKept);
    proxy.restore();
    expect([200, 503]).toContain((await asked).status);
    const again = (): Promise<Answer> => alice.request(test.at('/tokens/api?scope=read:events'));
    await until('the next one is had', async () => (await again()).status === 200);
    const refused = test.control.requests.filter(({ kind, status }) => kind === 'refresh' && status >= 400);
    expect(refused, 'no token is shown that Auth0 has replaced').toEqual([]);
    test.control.setRefreshTokenRotation(CLIENT.clientId, false);
  });
});

async function behindProxy(
  name: DatabaseName,
  { url = '' }: TestDatabase,
): Promise<{ proxy: TcpProxy; options: DataSourceOptions }> {
  const target = new URL(url);
  const port = await freePort();
  const proxy = await TcpProxy.start(
    { host: '127.0.0.1', port },
    { host: target.hostname, port: Number(target.port) || (name === 'MariaDB' ? 3306 : 5432) },
  );
  target.hostname = '127.0.0.1';
  target.port = String(port);
  return { proxy, options: { type: name === 'MariaDB' ? 'mysql' : 'postgres', url: target.href } as DataSourceOptions };
}
