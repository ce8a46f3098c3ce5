import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.js';
import type { Auth0ConnectOptions } from './auth0-connect-options.js';
import { resolveOptions } from './resolve-options.js';

const GOOD: Auth0ConnectOptions = {
  domain: 'example.eu.auth0.com',
  clientId: 'client',
  clientSecret: 'secret',
  secret: 'a test secret that is long enough',
  appBaseUrl: 'https://app.example.com',
};

function problemsOf(options: object): readonly string[] {
  try {
    resolveOptions({ ...GOOD, ...options });
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
}

describe('a name within an option that is none', () => {
  it.each<[string, object]>([
    ['session.rollingDuration', { session: { rollingDuration: 60 } }],
    ['session.cookie.secure', { session: { cookie: { secure: true } } }],
    ['logout.allowedReturnTos', { logout: { allowedReturnTos: [] } }],
    ['domain.fallback', { domain: { allowed: ['a.example.com'], resolve: () => 'a.example.com', fallback: 'x' } }],
    ['appBaseUrl.fallback', { appBaseUrl: { allowed: ['https://app.example.com'], fallback: 'x' } }],
    ['apiClient.clientID', { apiAudience: 'https://api.example.com', apiClient: { clientID: 'z', clientSecret: 'y' } }],
    ['worker.lifetime', { worker: { lifetime: 10 } }],
    ['clientAuth.kid', { clientAuth: { kid: 'x' } }],
    ['scopeRules.crm.sames', { scopeRules: { crm: { sames: [] } } }],
  ])('%s is said at start-up, with those that there are', (name, options) => {
    const [group = ''] = name.split(/\.\w+$/);
    expect(problemsOf(options)).toContainEqual(expect.stringMatching(`^${name} is not an option; there are \\w+`));
    expect(problemsOf({ [group.split('.')[0] ?? '']: 7 })).not.toEqual([]);
  });

  it('is none where all are known', () => {
    expect(
      problemsOf({
        session: { inactivityDurationSeconds: 60, cookie: { sameSite: 'lax' } },
        logout: { federated: true },
        fetch: (url: string, init: RequestInit) => fetch(url, init),
      }),
    ).toEqual([]);
  });

  it('of a fetch that is no function is told so', () => {
    expect(problemsOf({ fetch: 'https://proxy.example.com' })).toEqual(['fetch must be a function']);
  });
});
