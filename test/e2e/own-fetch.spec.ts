import { certificate } from '../../libs/auth0-tenant/src/testing/certificates.js';
import { afterEach, describe, expect, it } from 'vitest';
import { NAVIGATION, watch } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

/** A `fetch` of the application's own, such as one of undici with a ProxyAgent, and what went by it. */
function ownFetch() {
  const sent: { path: string; redirect: unknown; hasSignal: boolean }[] = [];
  const send = (url: string, init: RequestInit): Promise<Response> => {
    sent.push({ path: new URL(url).pathname, redirect: init.redirect, hasSignal: init.signal instanceof AbortSignal });
    return fetch(url, init);
  };
  return { sent, send };
}

describe.each(adapters)("a fetch of the application's own on %s", (adapter) => {
  let test: TestApp | undefined;
  afterEach(() => test?.stop());

  it('sends every call to Auth0, and nothing goes by another way', async () => {
    const { sent, send } = ownFetch();
    test = await TestApp.start(adapter, { options: { fetch: send } });
    const person = await test.logIn();
    await test.connect(person, 'google-oauth2');
    await person.request(test.at('/calendar'));
    await person.request(test.at('/auth/accounts'));
    const token = await test.control.logoutToken({ aud: 'test-client', sub: 'auth0|alice' });
    await person.request(test.at('/auth/backchannel-logout'), {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    });

    const kinds = ['discovery', 'jwks', 'code', 'refresh', 'exchange', 'connect', 'complete', 'accounts'] as const;
    const received = kinds.map((kind) => test?.control.count(kind) ?? 0);
    expect(Math.min(...received)).toBeGreaterThan(0);
    const looksAtStart = 1; // a HEAD, which is none of these kinds
    expect(sent).toHaveLength(received.reduce((sum, of) => sum + of, looksAtStart));
    expect(sent.every(({ redirect, hasSignal }) => redirect === 'manual' && hasSignal)).toBe(true);
  });

  it('is asked where the client has a certificate too, which is for it to present', async () => {
    const client = certificate('client');
    const asked: string[] = [];
    test = await TestApp.start(adapter, {
      options: {
        domain: 'https://tenant.example.com',
        clientSecret: undefined,
        clientAuth: { method: 'tls_client_auth', certificate: client.cert, key: client.key },
        fetch: async (url, { method = 'GET' }) => {
          asked.push(`${method} ${url}`);
          return new Response('{}', { status: 503 });
        },
      },
    });
    const answer = await new Person().request(test.at('/auth/login'), { headers: NAVIGATION });
    const metadata = 'https://tenant.example.com/.well-known/openid-configuration';
    expect([answer.status, asked]).toEqual([503, [`HEAD ${metadata}`, `GET ${metadata}`]]);
  });

  it('that fails is an outage of Auth0', async () => {
    const broken = { fails: false };
    test = await TestApp.start(adapter, {
      options: { fetch: (url, init) => (broken.fails ? Promise.reject(new Error('proxy says no')) : fetch(url, init)) },
    });
    const person = await test.logIn();
    broken.fails = true;
    const app = test;
    const { answer, calls } = await watch(app, () => person.request(app.at('/auth/accounts')));
    expect([answer.status, answer.text.includes('proxy'), calls]).toEqual([503, false, {}]);
  });
});
