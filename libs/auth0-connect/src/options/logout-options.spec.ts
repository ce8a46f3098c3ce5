import { describe, expect, it } from 'vitest';
import type { Auth0ConnectOptions } from './auth0-connect-options.js';
import { resolveOptions } from './resolve-options.js';
import type { ResolvedOptions } from './resolved-options.js';
import { resolveRoutes } from './routes.js';

const resolve = (options: Partial<Record<keyof Auth0ConnectOptions, unknown>>): ResolvedOptions =>
  resolveOptions({
    domain: 'example.eu.auth0.com',
    clientId: 'client',
    clientSecret: 'client-secret',
    secret: 'a test secret that is long enough',
    appBaseUrl: 'https://app.example.com',
    ...options,
  } as Auth0ConnectOptions);

describe('the options of a logout', () => {
  it('do nothing special by default', () => {
    expect(resolve({}).logout).toEqual({ revokeRefreshToken: false, allowedReturnTo: [], federated: false });
  });

  it('keep the addresses byte for byte', () => {
    const allowedReturnTo = ['https://www.example.com', 'https://www.example.com/bye?a=b#c'];
    expect(resolve({ logout: { allowedReturnTo } }).logout.allowedReturnTo).toEqual(allowedReturnTo);
  });

  it.each([
    [{ revokeRefreshToken: 'yes' }, 'logout.revokeRefreshToken must be true or false'],
    [{ federated: 1 }, 'logout.federated must be true or false'],
    [{ allowedReturnTo: ['/bye'] }, 'logout.allowedReturnTo must be a list'],
    [{ allowedReturnTo: ['//www.example.com'] }, 'logout.allowedReturnTo must be a list'],
    [{ allowedReturnTo: ['javascript:alert(1)'] }, 'logout.allowedReturnTo must be a list'],
    [{ allowedReturnTo: ['https://app@evil.example'] }, 'logout.allowedReturnTo must be a list'],
    [{ allowedReturnTo: [7] }, 'logout.allowedReturnTo must be a list'],
  ])('%o are wrong', (logout, problem) => {
    expect(() => resolve({ logout })).toThrow(problem);
  });

  it('place the route of back-channel logout', () => {
    expect(resolveRoutes({}).routes.backchannelLogout).toBe('auth/backchannel-logout');
    expect(resolveRoutes({ prefix: '/sso', backchannelLogout: 'slo/' }).routes.backchannelLogout).toBe('sso/slo');
    expect(resolveRoutes({ backchannelLogout: false }).routes.backchannelLogout).toBeUndefined();
    expect(resolveRoutes({ backchannelLogout: 'logout' }).problems).toHaveLength(1);
  });
});

describe('the scopes of the My Account API', () => {
  const all = ['create:me:connected_accounts', 'delete:me:connected_accounts', 'read:me:connected_accounts'];

  it('are all three by default', () => {
    expect(resolve({}).myAccountScopes).toEqual(all);
  });

  it.each([[[]], [['read:me:connected_accounts']], [all]])('may be %o', (myAccountScopes) => {
    expect(resolve({ myAccountScopes }).myAccountScopes).toEqual(myAccountScopes);
  });

  it.each(['read:me:connected_accounts', ['read:me:everything'], [7], null])('may not be %o', (myAccountScopes) => {
    expect(() => resolve({ myAccountScopes })).toThrow('myAccountScopes must be a list of some of');
  });
});
