import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScriptedAnswer } from 'auth0-local-tenant';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCodeOf } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const PAGE = '<html><script>alert(1)</script></html>';

describe.each(adapters)("the tenant's metadata on %s", (adapter) => {
  let directory: string;
  const apps: TestApp[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'auth0-connect-'));
  });
  afterEach(async () => {
    for (const app of apps.splice(0).toReversed()) await app.stop();
    await rm(directory, { recursive: true });
  });

  /** A start that has asked for no metadata yet. */
  const start = async (): Promise<TestApp> => {
    const app = await TestApp.start(adapter, {
      database: { type: 'better-sqlite3', database: join(directory, 'db.sqlite') },
      sharedTenant: apps[0]?.tenant,
    });
    apps.push(app);
    return app;
  };

  const failures: [string, ScriptedAnswer, number, string][] = [
    ['503', { status: 503 }, 503, 'auth0_unavailable'],
    ['a page of a gateway', { status: 502, body: PAGE, contentType: 'text/html' }, 503, 'auth0_unavailable'],
    ['a page as success', { status: 200, body: PAGE, contentType: 'text/html' }, 502, 'invalid_auth0_response'],
    ['404', { status: 404, body: { error: 'not_found' } }, 502, 'invalid_auth0_response'],
    ['a redirect', { status: 302, headers: { location: 'https://evil.example' } }, 502, 'invalid_auth0_response'],
    ['another issuer', { status: 200, body: { issuer: 'https://evil.example/' } }, 502, 'invalid_auth0_response'],
    ['429 for long', { status: 429, headers: { 'retry-after': '60' } }, 429, 'rate_limited'],
  ];

  it.each(failures)('is asked for again after %s', async (_what, scripted, status, errorCode) => {
    const app = await start();
    app.control.failNext('discovery', scripted);

    const answer = await new Person().request(app.at('/auth/login'));

    expect(answer.status).toBe(status);
    expect(errorCodeOf(answer)).toBe(errorCode);
    expect(answer.text).not.toContain('script');
    expect((await new Person().request(app.at('/auth/login'))).status).toBe(302);
  });

  it('is asked for once, however many people log in at once', async () => {
    const app = await start();
    const hold = app.control.hold('discovery');
    const all = Promise.all(Array.from({ length: 20 }, () => new Person().request(app.at('/auth/login'))));
    await hold.arrived;
    hold.release();

    expect(new Set((await all).map(({ status }) => status))).toEqual(new Set([302]));
    expect(app.control.count('discovery')).toBe(1);
  });

  it('is not needed to end a session here', async () => {
    const before = await start();
    const person = await before.logIn();
    const app = await start();
    app.control.failNext('discovery', { status: 503, times: 5 });

    const answer = await person.request(app.at('/auth/logout'), { method: 'POST' });

    expect(answer.status).toBe(302);
    expect(new URL(answer.location ?? '').origin).toBe(app.url);
    expect((await person.request(app.at('/auth/profile'))).status).toBe(401);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'nonsense'])(
    'sends nobody to an authorization endpoint like %s',
    async (endpoint) => {
      const app = await start();
      app.control.rewriteNext('discovery', (body) => ({ ...body, authorization_endpoint: endpoint }));

      const answer = await new Person().request(app.at('/auth/login'));

      expect(answer.status).toBe(502);
      expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
      expect((await new Person().request(app.at('/auth/login'))).status, 'it was not kept').toBe(302);
    },
  );

  it.each(['javascript:alert(1)', 'data:text/html,x', 'nonsense'])(
    'sends nobody to a logout endpoint like %s, and logs out all the same',
    async (endpoint) => {
      const app = await start();
      app.control.rewriteNext('discovery', (body) => ({ ...body, end_session_endpoint: endpoint }));
      const person = await app.logIn();

      const answer = await person.request(app.at('/auth/logout'), { method: 'POST' });

      expect(answer.status).toBe(302);
      expect([app.url, app.tenant.domain]).toContain(new URL(answer.location ?? '').origin);
      expect((await person.request(app.at('/auth/profile'))).status).toBe(401);
    },
  );
});
