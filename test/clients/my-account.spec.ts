import { DEFAULT_CLIENT, type LocalTenant } from 'auth0-local-tenant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { approve } from './support/at-the-tenant.js';
import { OpenApi, type Operation } from './support/openapi.js';
import { startTenant } from './support/tenant.js';

const CALLBACK = DEFAULT_CLIENT.redirectUris[0]!;
const SCOPES = ['create', 'read', 'delete'].map((verb) => `${verb}:me:connected_accounts`);

const CONNECT: Operation = ['post', '/connected-accounts/connect'];
const COMPLETE: Operation = ['post', '/connected-accounts/complete'];
const ACCOUNTS: Operation = ['get', '/connected-accounts/accounts'];
const CONNECTIONS: Operation = ['get', '/connected-accounts/connections'];
const DELETE: Operation = ['delete', '/connected-accounts/accounts/{id}'];
const OPERATIONS = [CONNECT, COMPLETE, ACCOUNTS, CONNECTIONS, DELETE];
const KINDS = ['connect', 'complete', 'accounts', 'connections', 'delete-account'] as const;

/** Every answer of the My Account API is one that its OpenAPI file lists for the operation, and looks as it says. */
describe('the My Account API', () => {
  const openApi = new OpenApi('my-account.openapi.json');
  let tenant: LocalTenant;
  let accessToken: string;
  const seen = new Set<string>();
  beforeAll(async () => {
    tenant = await startTenant({ clients: undefined });
    accessToken = await tokenOf('auth0|alice', SCOPES);
  });
  afterAll(async () => tenant.stop());

  const tokenOf = async (userId: string, scopes: string[]): Promise<string> => {
    const { access_token: token } = await tenant.control.loginAs({
      userId,
      audience: `${tenant.issuer}me/`,
      scope: scopes.join(' '),
    });
    return token;
  };

  /** Calls an operation; the answer is checked before anybody sees it. */
  const call = async (
    [method, path]: Operation,
    {
      body,
      token = accessToken,
      query = '',
      id = 'cac_unknown',
      type = 'application/json',
    }: { body?: unknown; token?: string | null; query?: string; id?: string; type?: string } = {},
  ) => {
    const response = await fetch(`${tenant.issuer}me/v1${path.replace('{id}', id)}${query}`, {
      method,
      headers: {
        ...(token === null ? undefined : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? undefined : { 'content-type': type }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
    expect(openApi.problems([method, path], response, answer), `${method} ${path} ${response.status}`).toEqual([]);
    seen.add(`${method} ${path} ${response.status}`);
    return { status: response.status, body: answer ?? {} };
  };

  /** A connect as far as the callback. */
  const started = async (token = accessToken) => {
    const { body } = await call(CONNECT, { token, body: { connection: 'slack', redirect_uri: CALLBACK, state: 's' } });
    const { ticket = '' } = body.connect_params as { ticket?: string };
    const person = new Person();
    const callback = await approve(person, await person.open(`${String(body.connect_uri)}?ticket=${ticket}`), CALLBACK);
    return {
      auth_session: body.auth_session,
      connect_code: new URL(callback).searchParams.get('connect_code'),
      redirect_uri: CALLBACK,
    };
  };

  it('connects, lists and disconnects an account', async () => {
    const { status, body } = await call(COMPLETE, { body: await started() });
    expect([status, body.connection]).toEqual([201, 'slack']);
    const list = await call(ACCOUNTS);
    expect(list.body.accounts).toMatchObject([{ id: body.id }]);
    const connections = await call(CONNECTIONS, { query: '?take=2' });
    expect(connections.body.connections).toHaveLength(2);
    expect((await call(CONNECTIONS, { query: `?take=2&from=${String(connections.body.next)}` })).status).toBe(200);
    expect((await call(DELETE, { id: String(body.id) })).status).toBe(204);
    expect((await call(DELETE, { id: String(body.id) })).status).toBe(204);
  });

  it.each(OPERATIONS)('%s %s: 401 without a token, and with one that is wrong', async (...operation) => {
    const body = operation[0] === 'post' ? {} : undefined;
    expect((await call(operation, { token: null, body })).status).toBe(401);
    expect((await call(operation, { token: 'a.b.c', body })).status).toBe(401);
    const { access_token: forUserinfo } = await tenant.control.loginAs({ userId: 'auth0|alice' });
    expect((await call(operation, { token: forUserinfo, body })).status).toBe(401);
  });

  it.each(OPERATIONS)('%s %s: 403 without the scope', async (...operation) => {
    const token = await tokenOf('auth0|alice', ['openid']);
    expect((await call(operation, { token, body: operation[0] === 'post' ? {} : undefined })).status).toBe(403);
  });

  it.each(OPERATIONS.map((operation, index) => [operation, KINDS[index]!] as const))(
    '%s: 429 beyond the rate',
    async (operation, kind) => {
      tenant.control.rateLimit(kind, { limit: 0, windowMs: 60_000, retryAfterSeconds: 7 });
      const { status } = await call(operation, { body: operation[0] === 'post' ? {} : undefined });
      tenant.control.rateLimit(kind, undefined);
      expect(status).toBe(429);
    },
  );

  it('403 to complete what somebody else started', async () => {
    const session = await started(await tokenOf('auth0|bob', SCOPES));
    expect((await call(COMPLETE, { body: session })).status).toBe(403);
  });

  it('409 when the account is somebody else’s', async () => {
    const session = await started();
    tenant.control.connectAccount('auth0|bob', 'slack', { email: 'alice@example.com' });
    expect((await call(COMPLETE, { body: session })).status).toBe(409);
    tenant.control.disconnectAccount('auth0|bob', 'slack');
  });

  it('400 to what the schema does not allow', async () => {
    expect((await call(CONNECT, { body: { connection: 'nobody', redirect_uri: CALLBACK } })).status).toBe(400);
    expect((await call(CONNECT, { body: { connection: 'slack', redirect_uri: CALLBACK, scopes: [] } })).status).toBe(
      400,
    );
    expect(
      (await call(COMPLETE, { body: { auth_session: 'x', connect_code: 'x', redirect_uri: CALLBACK } })).status,
    ).toBe(400);
    expect((await call(ACCOUNTS, { query: '?take=21' })).status).toBe(400);
    expect((await call(CONNECTIONS, { query: '?next=x' })).status).toBe(400);
    expect((await call(DELETE, { id: 'unknown' })).status).toBe(400);
  });

  it.each([CONNECT, COMPLETE])('%s %s: 415 to a form', async (...operation) => {
    const { status } = await call(operation, { body: {}, type: 'application/x-www-form-urlencoded' });
    expect(status).toBe(415);
  });

  it('has given every answer that the file lists', () => {
    const listed = OPERATIONS.flatMap((operation) =>
      openApi.statuses(operation).map((status) => `${operation.join(' ')} ${status}`),
    );
    expect([...seen].toSorted()).toEqual(listed.toSorted());
  });
});
