import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Auth0MisconfiguredError,
  Auth0RefusedError,
  Auth0UnavailableError,
  LoginRequiredError,
} from '../errors/index.js';
import { OperatorWarnings } from './operator-warnings.js';

const HOST = 'https://example.eu.auth0.com';

describe('what the operator is told', () => {
  let lines: string[];
  let now: number;
  let warnings: OperatorWarnings;
  beforeEach(() => {
    lines = [];
    now = 0;
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(String(line)));
    warnings = new OperatorWarnings({ now: () => now });
  });
  afterEach(() => void vi.restoreAllMocks());

  it("has the operation, the host, Auth0's words and where to look", () => {
    const answer = { status: 401, error: 'invalid_client', description: 'Unknown client' };
    warnings.about(
      new Auth0MisconfiguredError('refresh', 'Auth0 does not accept the client credentials', { answer }),
      HOST,
    );
    expect(lines).toEqual([
      `auth0_misconfigured: refresh at ${HOST}: Auth0 does not accept the client credentials. Auth0 says: 401 invalid_client Unknown client. See docs/tenant-setup.md`,
    ]);
  });

  it('has what has kept us from Auth0', () => {
    const cause = new Error('TypeError: ENOTFOUND: fetch failed');
    warnings.about(new Auth0UnavailableError('discovery', { cause }), 'https://localhost:4400');
    expect(lines[0]).toContain('discovery at https://localhost:4400');
    expect(lines[0]).toContain('The cause: TypeError: ENOTFOUND: fetch failed. Look at the option "domain"');
  });

  it('has which parameter the My Account API does not take', () => {
    const validationErrors = [
      { detail: 'No such connection.', field: 'connection', pointer: '/connection', source: 'body' },
    ];
    const answer = {
      status: 400,
      error: 'Bad Request',
      description: 'Invalid request payload input.',
      validationErrors,
    };
    warnings.about(new Auth0RefusedError('connect', answer), HOST);
    expect(lines[0]).toContain(
      'Auth0 says: 400 Bad Request Invalid request payload input. (/connection: No such connection.). Look at',
    );
  });

  it('ends each sentence once', () => {
    warnings.about(new Auth0RefusedError('login', { status: 400, error: 'x', description: 'It is wrong. \n' }), HOST);
    expect(lines[0]).toContain('Auth0 says: 400 x It is wrong. Look at');
  });

  it('comes once a minute for each code, however often it happens', () => {
    const refused = new Auth0RefusedError('connect', { status: 400, error: 'Bad Request' });
    for (let times = 0; times < 100; times += 1) warnings.about(refused, HOST);
    warnings.about(new Auth0UnavailableError('refresh'), HOST);
    expect(lines).toHaveLength(2);
    now = 59_999;
    warnings.about(refused, HOST);
    expect(lines).toHaveLength(2);
    now = 60_000;
    warnings.about(refused, HOST);
    expect(lines).toHaveLength(3);
  });

  it.each([
    ['a refresh token that has ended', new Auth0RefusedError('refresh', { status: 403, error: 'invalid_grant' })],
    ['a login that waits', new Auth0RefusedError('backchannel-login', { status: 400, error: 'authorization_pending' })],
    [
      'an account that is gone',
      new Auth0RefusedError('delete-account', { status: 404, error: 'Not Found', type: 'https://auth0.com/x' }),
    ],
    [
      'an account that is not connected',
      new Auth0RefusedError('exchange', { status: 401, error: 'tokenset_not_found' }),
    ],
    ['nobody being logged in', new LoginRequiredError()],
    ['what is none of ours', new Error('x')],
  ])('is nothing for %s', (_what, error) => {
    warnings.about(error, HOST);
    expect(lines).toEqual([]);
  });

  it('is one line, of a length that a log takes, and shows nothing that might be a token', () => {
    const token = `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.${'a'.repeat(60)}.${'b'.repeat(60)}`;
    const description = `bad ${token}\r\n[Nest] forged line\u2028${'long '.repeat(500)}`;
    warnings.about(new Auth0RefusedError('login', { status: 400, error: 'invalid_request', description }), HOST);
    expect(lines[0]).not.toMatch(/[\r\n\u2028]|eyJ|aaaa|bbbb/);
    expect(lines[0]?.length).toBeLessThan(600);
  });
});
