import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { LoginService } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoggedIn } from '../support/flows.js';
import { sessionOf } from '../support/session-of.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';

describe.each(adapters)('an application on %s that shuts down in order', (adapter) => {
  let directory: string;
  let tenant: LocalTenant;
  const start = (): Promise<TestApp> =>
    TestApp.start(adapter, {
      database: { type: 'better-sqlite3', database: join(directory, 'db.sqlite') },
      sharedTenant: tenant,
    });
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'auth0-connect-'));
    tenant = await startLocalTenant();
  });
  afterAll(async () => {
    await tenant?.stop();
    await rm(directory, { recursive: true });
  });

  it('keeps the refresh token that Auth0 is rotating, though no request waits for it any more', async () => {
    const before = await start();
    tenant.control.setRefreshTokenRotation(CLIENT.clientId, true);
    const alice = await before.logIn();
    const session = await sessionOf(before, 'auth0|alice');
    const hold = tenant.control.hold('refresh');
    const refreshed = before.app
      .get(LoginService)
      .getAccessToken(session, { audience: API_AUDIENCE, scope: 'read:events' })
      .catch((error: unknown) => error);
    await hold.arrived;
    const stopped = before.stop();
    hold.release();
    await Promise.all([stopped, refreshed]);

    const after = await start();
    expect(await isLoggedIn(after, alice)).toBe(true);
    const again = await after.app.get(LoginService).getAccessToken(await sessionOf(after, 'auth0|alice'), {
      audience: API_AUDIENCE,
      scope: 'write:events',
    });
    expect(again.accessToken).toBeDefined();
    const refused = tenant.control.requests.filter(({ kind, status }) => kind === 'refresh' && status >= 400);
    expect(refused, 'no token is shown that Auth0 has replaced').toEqual([]);
    await after.stop();
  });
});
