import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetch, getGlobalDispatcher, ProxyAgent, setGlobalDispatcher, type Dispatcher, type RequestInit } from 'undici';
import { certificate } from '../../libs/auth0-tenant/src/testing/certificates.js';
import { ConnectProxy } from '../support/connect-proxy.js';
import { register } from '../support/credentials.js';
import { errorCodeOf, NAVIGATION_FROM_ELSEWHERE, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { TestApp, type TestAppOptions } from '../support/test-app.js';

type Send = NonNullable<NonNullable<TestAppOptions['options']>['fetch']>;

describe('a network that lets calls to Auth0 out by a proxy only', () => {
  const authority = certificate('Test Authority');
  const server = certificate('localhost', authority);
  const client = certificate('known client', authority);
  let proxy: ConnectProxy;
  let dispatcher: Dispatcher;
  let test: TestApp | undefined;

  beforeAll(() => {
    // The person's browser believes the test's authority; the proxy's agent is given it.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  });
  afterAll(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });
  beforeEach(async () => {
    proxy = await ConnectProxy.start();
    dispatcher = new ProxyAgent({
      uri: proxy.url,
      requestTls: { ca: authority.cert, cert: client.cert, key: client.key, rejectUnauthorized: true },
    });
  });
  afterEach(async () => {
    await test?.stop();
    test = undefined;
    await dispatcher.destroy();
    await proxy.stop();
  });

  /** As docs/configuration.md has it. */
  const byProxy: Send = (url, init) =>
    fetch(url, { ...init, dispatcher } as RequestInit) as Promise<unknown> as Promise<Response>;

  const start = async (options: TestAppOptions['options']): Promise<TestApp> =>
    (test = await TestApp.start('Express', {
      tenant: { tls: { key: server.key, cert: server.cert, ca: authority.cert } },
      options,
    }));

  /** A login, a connect, a token, a list, a logout with a revocation: where all of their calls have gone. */
  const waysOfTheMainJob = async (app: TestApp): Promise<string[]> => {
    const person = await app.logIn();
    await app.connect(person, 'google-oauth2');
    expect((await person.request(app.at('/calendar'))).status).toBe(200);
    expect((await person.request(app.at('/auth/accounts'))).status).toBe(200);
    expect((await person.request(app.at('/auth/logout'), { method: 'POST' })).status).toBe(302);
    expect(app.control.count('revoke')).toBe(1);
    return [...new Set(proxy.tunnels)];
  };

  it('is passed with a fetch that goes by it', async () => {
    const app = await start({ fetch: byProxy, logout: { revokeRefreshToken: true } });
    expect(await waysOfTheMainJob(app)).toEqual([new URL(app.tenant.issuer).host]);
  });

  it('is passed with mutual TLS, too: it is the fetch that presents the certificate, through the tunnel', async () => {
    const app = await start({
      clientSecret: undefined,
      clientAuth: { method: 'tls_client_auth', certificate: client.cert, key: client.key, ca: authority.cert },
      fetch: byProxy,
      logout: { revokeRefreshToken: true },
    });
    register(app, {
      clientSecret: undefined,
      tokenEndpointAuthMethod: 'tls_client_auth',
      tlsClientAuthSubjectDn: 'CN=known client',
      certificateBound: true,
    });
    expect(await waysOfTheMainJob(app)).toEqual([new URL(app.tenant.issuer).host]);
  });

  it("is passed by undici's global dispatcher where no fetch is given", async () => {
    const before = getGlobalDispatcher();
    setGlobalDispatcher(dispatcher);
    try {
      const app = await start({ logout: { revokeRefreshToken: true } });
      expect(await waysOfTheMainJob(app)).toEqual([new URL(app.tenant.issuer).host]);
    } finally {
      setGlobalDispatcher(before);
    }
  });

  it.each(['407 Proxy Authentication Required', '403 Forbidden', '502 Bad Gateway'])(
    'that answers %s is an outage of Auth0: nothing goes by another way, and nobody is told of the proxy',
    async (status) => {
      const app = await start({ fetch: byProxy });
      const person = new Person();
      const callback = await pendingLogin(app, person);
      const asked = app.control.requests.length;
      proxy.refusesWith = status;
      await dispatcher.close();
      dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca: authority.cert } });

      const program = await person.request(callback);

      expect([program.status, errorCodeOf(program)]).toEqual([503, 'auth0_unavailable']);
      expect(program.text).not.toMatch(/proxy|127\.0\.0\.1/i);
      const back = await person.request(app.at('/auth/login'), { headers: NAVIGATION_FROM_ELSEWHERE });
      expect(back.status, 'metadata that is known needs no call').toBe(302);
      expect(app.control.requests.length).toBe(asked);
    },
  );
});
