import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { Auth0ConnectModule } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { adapters, SECRET, TestApp } from '../support/test-app.js';

const OLD_SECRET = 'an old secret that is still in the list, for a while';
const CLIENT_SECRET = 'a client secret that nobody is to see';
const API_SECRET = 'a client secret of the API that nobody is to see';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const WORKER_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe.each(adapters)('what a log shows of the services on %s', (adapter) => {
  let test: TestApp;
  let alice: Person;

  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      options: {
        clientSecret: CLIENT_SECRET,
        secret: [SECRET, OLD_SECRET],
        sessionCacheSeconds: 60,
        apiAudience: 'https://api.example',
        apiClient: { clientId: 'api-client', clientSecret: API_SECRET },
        worker: { clientId: 'worker', privateKey: WORKER_KEY, auditContext: 'a nightly import' },
      },
    });
    test.tenant.addClient({
      clientId: 'test-client',
      clientSecret: CLIENT_SECRET,
      redirectUris: [test.at('/auth/callback')],
      logoutUrls: [test.url],
    });
    alice = await test.logIn('auth0|alice');
    await test.connect(alice, 'google-oauth2');
  });
  afterAll(() => test?.stop());

  it('is no secret of the configuration, no cookie and no token, however deep it looks', async () => {
    const { token } = (await alice.request(test.at('/calendar'))).json<{ token: string }>();
    const cookies = alice.cookieHeader(new URL(test.url));
    const [, sessionToken = ''] = /=([\w-]{43})/.exec(cookies ?? '') ?? [];
    const secrets = {
      SECRET,
      OLD_SECRET,
      CLIENT_SECRET,
      API_SECRET,
      key: WORKER_KEY.split('\n')[1] ?? '',
      token,
      sessionToken,
    };
    for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThan(20);

    const shown: string[] = [];
    let services = 0;
    for (const module of test.app.get(ModulesContainer).values()) {
      if (module.metatype !== Auth0ConnectModule) continue;
      for (const [name, { instance }] of [...module.providers, ...module.controllers]) {
        if (typeof instance !== 'object' || instance === null || isOfNest(instance)) continue;
        services += 1;
        const text = inspect(instance, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
        for (const [what, secret] of Object.entries(secrets)) {
          if (text.includes(secret) || jsonOf(instance).includes(secret)) shown.push(`${what} in ${nameOf(name)}`);
        }
      }
    }
    expect(services).toBeGreaterThan(40);
    expect(shown).toEqual([]);
  });

  it('is still which application it is', () => {
    for (const module of test.app.get(ModulesContainer).values()) {
      if (module.metatype !== Auth0ConnectModule) continue;
      const options = [...module.providers].find(([name]) => nameOf(name) === 'Symbol(auth0-connect:options)');
      expect(inspect(options?.[1].instance)).toContain('test-client');
    }
  });
});

/** The container holds all that the application has made. */
function isOfNest(instance: object): boolean {
  return instance instanceof ModuleRef || instance instanceof ApplicationConfig;
}

function nameOf(token: unknown): string {
  return typeof token === 'function' ? token.name : String(token);
}

function jsonOf(instance: object): string {
  try {
    return JSON.stringify(instance) ?? '';
  } catch {
    return ''; // circular: nothing comes of it
  }
}
