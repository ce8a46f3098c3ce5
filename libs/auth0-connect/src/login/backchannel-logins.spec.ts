import { beforeEach, describe, expect, it } from 'vitest';
import { Auth0RefusedError, Auth0UnavailableError, RateLimitedError } from '../errors/index.js';
import { resolveOptions } from '../options/resolve-options.js';
import { BackchannelLogins } from './backchannel-logins.js';
import { BackchannelRequests } from './backchannel-requests.js';
import type { LoginSession } from '../session/login-session.js';
import type { BackchannelAuthentication, LoginResponse } from './ports.js';
import type { StartedSession, SessionStarter } from './session-starter.js';

const ALICE = { loginHint: { sub: 'auth0|alice' }, bindingMessage: 'Order 1234' };
const DOMAIN = 'https://example.eu.auth0.com';

type Poll = Awaited<ReturnType<BackchannelAuthentication['poll']>>;

const approved = (sub = 'auth0|alice'): Poll => ({
  status: 'approved',
  response: { accessToken: 'a', tokenType: 'Bearer', idToken: 'i', claims: { sub } } satisfies LoginResponse,
  authorizationDetails: [],
});

describe('waiting for a person to approve', () => {
  let now: number;
  let waits: number[];
  let polls: (Poll | Error)[];
  let begun: unknown[];
  let logins: BackchannelLogins;

  beforeEach(() => {
    now = 1_000_000;
    waits = [];
    polls = [];
    begun = [];
    const auth0: BackchannelAuthentication = {
      start: async () => ({ authReqId: 'request', expiresInSeconds: 300, intervalSeconds: 5 }),
      poll: async () => {
        const next = polls.shift() ?? { status: 'pending' };
        if (next instanceof Error) throw next;
        return next;
      },
    };
    const starter: Pick<SessionStarter, 'begin'> = {
      begin: async (login, response): Promise<StartedSession> => {
        begun.push([login, response]);
        return { session: {} as LoginSession, sessionToken: 'token' };
      },
    };
    const options = resolveOptions({
      domain: 'example.eu.auth0.com',
      clientId: 'client',
      clientSecret: 'client-secret',
      secret: 'a test secret that is long enough',
      appBaseUrl: 'https://app.example.com',
    });
    const wait = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
      now += milliseconds;
    };
    const requests = new BackchannelRequests(auth0, options, { now: () => now }, wait);
    logins = new BackchannelLogins(requests, starter as SessionStarter, options);
  });

  it('waits before it asks, and between', async () => {
    polls = [{ status: 'pending' }, { status: 'pending' }, approved()];
    expect((await logins.login(ALICE)).sessionToken).toBe('token');
    expect(waits).toEqual([5_000, 5_000, 5_000]);
    expect(begun).toMatchObject([[{ issuerOrigin: DOMAIN, scope: expect.stringContaining('openid') }, {}]]);
  });

  it('adds five seconds each time it is told to slow down', async () => {
    polls = [{ status: 'slow-down' }, { status: 'pending' }, { status: 'slow-down' }, approved()];
    await logins.login(ALICE);
    expect(waits).toEqual([5_000, 10_000, 10_000, 15_000]);
  });

  it('asks again, more slowly, after a call that failed', async () => {
    polls = [new Auth0UnavailableError('backchannel-login'), new RateLimitedError('backchannel-login', 1), approved()];
    await logins.login(ALICE);
    expect(waits).toEqual([5_000, 10_000, 15_000]);
  });

  it('ends when the time is up, whatever Auth0 says', async () => {
    await expect(logins.login(ALICE)).rejects.toMatchObject({ code: 'backchannel_login_expired' });
    expect(waits).toHaveLength(60);
  });

  it('ends at any other refusal', async () => {
    polls = [new Auth0RefusedError('backchannel-login', { status: 400, error: 'invalid_grant' })];
    await expect(logins.login(ALICE)).rejects.toMatchObject({ auth0Error: 'invalid_grant' });
    expect(waits).toHaveLength(1);
  });

  it('begins no session for another user', async () => {
    polls = [approved('auth0|bob')];
    await expect(logins.login(ALICE)).rejects.toMatchObject({ code: 'invalid_auth0_response' });
    expect(begun).toEqual([]);
  });
});
