import { networkInterfaces } from 'node:os';
import { request } from 'node:http';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../../index.js';
import { json, login, token } from '../../testing/flows.js';
import { TenantControl } from '../tenant-control.js';
import { Commands } from './commands.js';

const SECRET = 'a secret of at least sixteen characters'.replaceAll(' ', '-');

describe('the control API', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({ controlApi: { secret: SECRET }, listen: ['0.0.0.0'] });
  });
  afterAll(async () => tenant.stop());
  beforeEach(() => tenant.control.reset());

  async function command(name: string, parameters?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${tenant.controlApi!.url}/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json', ...headers },
      body: parameters === undefined ? undefined : JSON.stringify(parameters),
    });
    return { status: response.status, body: await json(response) };
  }

  it('is off by default', async () => {
    await using quiet = await startLocalTenant();
    expect(quiet.controlApi).toBeUndefined();
    const response = await fetch(`${quiet.domain}/local-tenant/control/reset`, {
      method: 'POST',
      headers: { authorization: 'Bearer undefined' },
    });
    expect(response.status).toBe(404);
  });

  it('makes a new secret each time, unless one is given', async () => {
    await using one = await startLocalTenant({ controlApi: true });
    await using two = await startLocalTenant({ controlApi: true });
    expect(one.controlApi!.secret.length).toBeGreaterThan(30);
    expect(one.controlApi!.secret).not.toBe(two.controlApi!.secret);
    expect(tenant.controlApi).toEqual({ url: `${tenant.domain}/local-tenant/control`, secret: SECRET });
  });

  it.each([
    ['no secret', { authorization: '' }],
    ['another secret', { authorization: `Bearer ${SECRET}x` }],
    ['the secret by another scheme', { authorization: `Basic ${SECRET}` }],
  ])('refuses %s', async (_, headers) => {
    expect(await command('reset', {}, headers)).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
  });

  it('refuses everybody who does not come over loopback, secret or not', async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    // On a machine without a network nobody else can come either.
    if (address === undefined) return;
    const status = await new Promise((resolve, reject) => {
      request(
        {
          host: address,
          port: tenant.port,
          path: '/local-tenant/control/reset',
          method: 'POST',
          headers: { host: new URL(tenant.domain).host, authorization: `Bearer ${SECRET}` },
        },
        (response) => resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('takes a POST with a JSON object, and says what is wrong with anything else', async () => {
    expect(await command('reset', {}, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    const get = await fetch(`${tenant.controlApi!.url}/reset`, { headers: { authorization: `Bearer ${SECRET}` } });
    expect(get.status).toBe(405);
    expect(await command('constructor')).toMatchObject({ status: 404, body: { error: 'unknown_command' } });
    const wrong = await command('failNext', { kind: 'nothing', state: 1 });
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_parameters' } });
    for (const name of ['kind', 'status', 'state']) expect(wrong.body.message).toContain(name);
    expect(await command('connectAccount', { userId: 'x', connection: 'github' })).toMatchObject({
      status: 400,
      body: { error: 'failed', message: 'no such user or connection: x, github' },
    });
    expect(await command('addUser', { userId: 'x', name: 'X', email: 'x@x', permissions: { y: [] } })).toMatchObject({
      status: 400,
      body: { error: 'invalid_configuration', problems: ['user.permissions["y"]: there is no such API'] },
    });
  });

  it('has everything the control in the process has', () => {
    const names = Object.getOwnPropertyNames(TenantControl.prototype).filter((name) => name !== 'constructor');
    const commands = new Commands(tenant.control).names;
    const missing = names.filter((name) => !commands.includes(name));
    expect(missing, 'rotateSigningKeys stands for signingKeys.rotate').toEqual(['signingKeys']);
    expect(commands).toContain('rotateSigningKeys');
  });

  it('logs in, mints, and adds claims', async () => {
    const { body: session } = await command('loginAs', { userId: 'auth0|alice' });
    expect(
      (await token(tenant, { grant_type: 'refresh_token', refresh_token: String(session.refresh_token) })).status,
    ).toBe(200);
    expect(session.cookies).toMatchObject([{ name: 'auth0', url: tenant.issuer }, { name: 'auth0.sig' }]);
    await command('accessTokenClaims', { userOrClientId: 'auth0|alice', claims: { 'https://example.com/a': 1 } });
    const { body } = await command('mint', { userId: 'auth0|alice', claims: { scope: null, azp: 'other' } });
    expect(decodeJwt(String(body.access_token))).toMatchObject({ 'https://example.com/a': 1, azp: 'other' });
    expect(decodeJwt(String(body.access_token))).not.toHaveProperty('scope');
  });

  it('scripts answers for calls that are like a pattern, and patches those of others', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    const refresh = async (more = {}) =>
      token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
    await command('failNext', {
      kind: 'refresh',
      status: 503,
      body: { error: 'no' },
      match: { body: { scope: 'openid' } },
    });
    expect((await refresh()).status).toBe(200);
    expect(await refresh({ scope: 'openid' })).toMatchObject({ status: 503, body: { error: 'no' } });
    await command('rewriteNext', { kind: 'refresh', merge: { scope: 'less', id_token: null } });
    const { body } = await refresh();
    expect(body).toMatchObject({ scope: 'less', token_type: 'Bearer' });
    expect(body).not.toHaveProperty('id_token');
    expect((await command('count', { kind: 'refresh' })).body).toEqual({ count: 3 });
    const { requests } = (await command('requests', { kind: 'refresh' })).body as { requests: unknown[] };
    expect(requests).toHaveLength(3);
    expect(requests[0]).toMatchObject({ kind: 'refresh', status: 200 });
  });

  it('parks a call until it is released', async () => {
    const { body } = await command('hold', { kind: 'discovery' });
    const parked = fetch(`${tenant.domain}/.well-known/openid-configuration`);
    expect((await command('arrived', body)).body).toMatchObject({ request: { kind: 'discovery' } });
    await command('release', body);
    expect((await parked).status).toBe(200);
    expect(await command('release', { hold: 'x' })).toMatchObject({
      status: 400,
      body: { message: 'no such hold: x' },
    });
  });

  it('changes what the tenant is made of', async () => {
    await command('addUser', { userId: 'auth0|dora', name: 'Dora', email: 'dora@example.com' });
    await command('connectAccount', { userId: 'auth0|dora', connection: 'slack' });
    expect((await command('accounts', { userId: 'auth0|dora' })).body).toMatchObject({
      accounts: [{ connection: 'slack' }],
    });
    expect((await command('loginAs', { userId: 'auth0|dora' })).status).toBe(200);
    await command('reset');
    expect((await command('loginAs', { userId: 'auth0|dora' })).status).toBe(400);
    expect(tenant.control.requests, 'its own calls are not recorded').toEqual([]);
  });
});
