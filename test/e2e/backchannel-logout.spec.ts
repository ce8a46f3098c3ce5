import { createHmac } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { EntityManager } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isLoggedIn, someUsers } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, CLIENT, SECRET, TestApp } from '../support/test-app.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

interface LoggedIn {
  person: Person;
  userId: string;
  /** Auth0's id of the session. */
  sid: string;
  /** UNIX seconds. */
  issuedAt: number;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

describe.each(adapters)('back-channel logout on %s', (adapter) => {
  let test: TestApp;
  const users = someUsers(80).map(({ userId }) => userId);
  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(80), customDomains: ['127.0.0.1'] } });
  });
  afterAll(() => test?.stop());
  afterEach(() => vi.restoreAllMocks());

  async function logIn(userId = users.pop() ?? '', person = new Person()): Promise<LoggedIn> {
    let claims: JWTPayload = {};
    test.control.rewriteNext('code', (body) => {
      claims = decodeJwt(String(body.id_token));
      return body;
    });
    await test.logIn(userId, person);
    return { person, userId, sid: String(claims.sid), issuedAt: Number(claims.iat) };
  }
  const signed = (claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string> =>
    test.control.logoutToken({ aud: CLIENT.clientId, ...claims }, header);
  const send = (token: string): Promise<Answer> =>
    new Person().request(test.at('/auth/backchannel-logout'), {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    });

  it('ends the session of the sid and no other of the user', async () => {
    const one = await logIn();
    const other = await logIn(one.userId);
    expect(other.sid).not.toBe(one.sid);

    const answer = await send(await signed({ sub: one.userId, sid: one.sid }));

    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(await isLoggedIn(test, one.person)).toBe(false);
    expect(await isLoggedIn(test, other.person)).toBe(true);
  });

  it('takes a sid without a user', async () => {
    const one = await logIn();
    expect((await send(await signed({ sid: one.sid }))).status).toBe(200);
    expect(await isLoggedIn(test, one.person)).toBe(false);
  });

  it("ends all sessions of the user by sub alone, and nobody else's", async () => {
    const one = await logIn();
    const two = await logIn(one.userId);
    const stranger = await logIn();

    expect((await send(await signed({ sub: one.userId }))).status).toBe(200);

    expect(await isLoggedIn(test, one.person)).toBe(false);
    expect(await isLoggedIn(test, two.person)).toBe(false);
    expect(await isLoggedIn(test, stranger.person)).toBe(true);
  });

  it('is done within the time that Auth0 waits, at the address it was given', async () => {
    const one = await logIn();
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      logoutUrls: [test.url],
      backchannelLogoutUri: test.at('/auth/backchannel-logout'),
    });
    expect(await test.control.sendBackchannelLogout({ clientId: CLIENT.clientId, sid: one.sid })).toBe(200);
    expect(await isLoggedIn(test, one.person)).toBe(false);
  });

  it('answers 200 where there is nothing to end', async () => {
    expect((await send(await signed({ sid: 'unknown' }))).status).toBe(200);
    expect((await send(await signed({ sub: 'auth0|nobody' }))).status).toBe(200);
  });

  it.each(['sid and sub', 'sub'] as const)('ends a login that is under way, by %s', async (by) => {
    const one = await logIn();
    const hold = test.control.hold('code');
    const again = one.person.open(test.at('/auth/login?returnTo=/calendar/open'));
    await hold.arrived;
    // The code is exchanged within that second, or before.
    const token = { sub: one.userId, iat: seconds() + 5, ...(by !== 'sub' && { sid: one.sid }) };
    expect((await send(await signed(token))).status).toBe(200);
    hold.release();

    expect((await again).status).toBe(401);
    expect(await isLoggedIn(test, one.person)).toBe(false);
    expect(await test.database.query('SELECT id FROM auth0_connect_sessions WHERE user_id = ?', [one.userId])).toEqual(
      [],
    );
  });

  it('ends a login that began before, by sub, though Auth0 takes its code a few seconds later', async () => {
    const one = await logIn();
    const hold = test.control.hold('code');
    const again = one.person.open(test.at('/auth/login?returnTo=/calendar/open'));
    await hold.arrived;
    expect((await send(await signed({ sub: one.userId, iat: seconds() }))).status).toBe(200);
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 5000);
    hold.release();

    expect((await again).status).toBe(401);
    // Who begins anew, in a later second than that of the token, is let in.
    const anew = await logIn(one.userId);
    vi.restoreAllMocks();
    expect(await isLoggedIn(test, anew.person)).toBe(true);
  });

  it.each(['sid', 'sub'] as const)('lets a session live that was begun after the token, by %s', async (by) => {
    const one = await logIn();
    const token = await signed({ [by]: by === 'sid' ? one.sid : one.userId, iat: one.issuedAt - 1 });
    expect((await send(token)).status).toBe(200);
    expect(await isLoggedIn(test, one.person)).toBe(true);
  });

  it("goes by Auth0's clock, not by ours", async () => {
    const ahead = seconds() + 20;
    vi.spyOn(Date, 'now').mockReturnValue(ahead * 1000);
    const one = await logIn();
    vi.restoreAllMocks();
    expect((await send(await signed({ sid: one.sid, iat: one.issuedAt }))).status).toBe(200);
    expect(await isLoggedIn(test, one.person)).toBe(false);
  });

  it('does nothing the second time, not even to a session that the token could end', async () => {
    const one = await logIn();
    const token = await signed({ sub: one.userId });
    expect((await send(token)).status).toBe(200);
    expect(await isLoggedIn(test, one.person)).toBe(false);

    vi.spyOn(Date, 'now').mockReturnValue((seconds() + 20) * 1000);
    const again = await logIn(one.userId);
    vi.restoreAllMocks();
    await test.database.query('UPDATE auth0_connect_sessions SET created_at = 1 WHERE user_id = ?', [one.userId]);
    expect((await send(token)).status).toBe(200);

    expect(await isLoggedIn(test, again.person)).toBe(true);
  });

  it.each(['logout+jwt', 'application/logout+jwt', 'JWT', undefined])(
    'takes a token of the type %s, since all else about it is checked',
    async (typ) => {
      const one = await logIn();
      const token = await signed({ sub: one.userId, sid: one.sid }, { typ });
      expect((await send(token)).status).toBe(200);
      expect(await isLoggedIn(test, one.person)).toBe(false);
    },
  );

  describe('a bad token', () => {
    let one: LoggedIn;
    beforeAll(async () => {
      one = await logIn();
    });
    const REFUSED = {
      status: 400,
      body: { error: 'invalid_request', error_description: expect.any(String) },
      cacheControl: 'no-store',
      hasSession: true,
    };
    const outcomeOf = async (answer: Answer): Promise<typeof REFUSED> => ({
      status: answer.status,
      body: answer.json(),
      cacheControl: answer.headers.get('cache-control') ?? '',
      hasSession: await isLoggedIn(test, one.person),
    });
    const good = (): Record<string, unknown> => ({ sub: one.userId, sid: one.sid });

    it.each([
      ['of another issuer', { iss: 'https://evil.example/' }],
      ['of a custom domain that this application does not serve', { iss: 'custom' }],
      ['of an issuer without its slash', { iss: 'no-slash' }],
      ['without an issuer', { iss: undefined }],
      ['for another application', { aud: 'another-client' }],
      ['for several others', { aud: ['another-client', 'a-third'] }],
      ['without an audience', { aud: undefined }],
      ['without a time', { iat: undefined }],
      ['with a time that is text', { iat: '1700000000' }],
      ['from the future', { iat: Math.floor(Date.now() / 1000) + 3600 }],
      ['that is too old', { iat: Math.floor(Date.now() / 1000) - 600, exp: undefined }],
      ['that is too old and says it is not', { iat: Math.floor(Date.now() / 1000) - 600, exp: 9_999_999_999 }],
      ['that has expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
      ['with an end that is text', { exp: 'tomorrow' }],
      ['without an id', { jti: undefined }],
      ['with an empty id', { jti: '' }],
      ['with a number as id', { jti: 7 }],
      ['without events', { events: undefined }],
      ['with another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
      ['with an event that is no object', { events: { [EVENT]: true } }],
      ['with an event that is null', { events: { [EVENT]: null } }],
      ['with an event that is a list', { events: { [EVENT]: [] } }],
      ['with a list of events', { events: [EVENT] }],
      ['with text for events', { events: EVENT }],
      ['with a nonce', { nonce: 'n' }],
      ['with an empty nonce', { nonce: null }],
      ['about nobody', { sub: undefined, sid: undefined }],
      ['with a sid that is no text', { sid: 7 }],
      ['with a sub that is no text', { sub: ['auth0|alice'] }],
      ['with an empty sid', { sid: '' }],
    ])('%s', async (_, claims: Record<string, unknown>) => {
      const iss = { custom: `http://127.0.0.1:${test.tenant.port}/`, 'no-slash': test.tenant.domain }[
        String(claims.iss)
      ];
      expect(
        await outcomeOf(await send(await signed({ ...good(), ...claims, ...(iss !== undefined && { iss }) }))),
      ).toEqual(REFUSED);
    });

    it.each([
      ['an access token by its type', { typ: 'at+jwt' }],
      ['signed with an unknown key', { kid: 'unknown' }],
      ['with a critical header that nobody knows', { crit: ['b64'], b64: false }],
    ])('%s', async (_, header) => {
      expect(await outcomeOf(await send(await signed(good(), header).catch(() => 'a.b.c')))).toEqual(REFUSED);
    });

    it('signed by somebody else under a known key id', async () => {
      const { privateKey } = await generateKeyPair('RS256');
      const { kid } = decodeProtectedHeader(await signed(good()));
      const token = await new SignJWT(await payload())
        .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', kid })
        .sign(privateKey);
      expect(await outcomeOf(await send(token))).toEqual(REFUSED);
    });

    it('signed with the client secret, or not at all', async () => {
      const claims = await payload();
      const body = (alg: string): string =>
        [{ alg, typ: 'logout+jwt' }, claims]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.');
      const hs256 = body('HS256');
      for (const secret of [CLIENT.clientSecret, SECRET]) {
        expect(
          await outcomeOf(await send(`${hs256}.${createHmac('sha256', secret).update(hs256).digest('base64url')}`)),
        ).toEqual(REFUSED);
      }
      expect(await outcomeOf(await send(new UnsecuredJWT(claims).encode()))).toEqual(REFUSED);
      expect(await outcomeOf(await send(`${body('none')}.`))).toEqual(REFUSED);
    });

    it.each(['', 'nonsense', 'a.b.c', '..', 'e30.e30.e30', 'x'.repeat(20_000)])('%.20s', async (token) => {
      expect(await outcomeOf(await send(token))).toEqual(REFUSED);
    });

    it('that is missing, there twice, or in a body of another kind', async () => {
      const token = await signed(good());
      const post = (body: string | URLSearchParams, type?: string): Promise<Answer> =>
        new Person().request(test.at('/auth/backchannel-logout'), {
          method: 'POST',
          body,
          headers: type === undefined ? {} : { 'content-type': type },
        });
      expect(await outcomeOf(await post(new URLSearchParams()))).toEqual(REFUSED);
      expect(
        await outcomeOf(
          await post(
            new URLSearchParams([
              ['logout_token', token],
              ['logout_token', token],
            ]),
          ),
        ),
      ).toEqual(REFUSED);
      expect(await outcomeOf(await post('[]', 'application/json'))).toEqual(REFUSED);
      expect(await outcomeOf(await post('{"logout_token":{"toString":1}}', 'application/json'))).toEqual(REFUSED);
      for (const [body, type] of [
        ['{', 'application/json'],
        [token, 'text/plain'],
        [token, 'application/jwt'],
      ] as const) {
        const { status } = await post(body, type);
        expect([400, 415]).toContain(status);
      }
      expect((await new Person().request(test.at(`/auth/backchannel-logout?logout_token=${token}`))).status).toBe(404);
      expect(await isLoggedIn(test, one.person)).toBe(true);
    });

    async function payload(): Promise<JWTPayload> {
      return decodeJwt(await signed(good()));
    }
  });

  it('takes a token without a type, and one with the longer name of it', async () => {
    for (const typ of [undefined, 'application/logout+jwt', 'LOGOUT+JWT']) {
      const one = await logIn();
      expect((await send(await signed({ sid: one.sid }, { typ }))).status).toBe(200);
      expect(await isLoggedIn(test, one.person)).toBe(false);
    }
  });

  it('fails so that Auth0 sends the token again when the store fails, and then does it', async () => {
    const one = await logIn();
    const token = await signed({ sid: one.sid });
    vi.spyOn(EntityManager.prototype, 'delete').mockRejectedValue(new Error('SQLITE_BUSY: secret details'));

    const failed = await send(token);

    expect(failed.status).toBe(503);
    expect(failed.json()).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
    expect(failed.text).not.toContain('secret details');
    vi.restoreAllMocks();
    expect(await isLoggedIn(test, one.person)).toBe(true);

    expect((await send(token)).status).toBe(200);
    expect(await isLoggedIn(test, one.person)).toBe(false);
  });
});

describe.each(adapters)('back-channel logout on %s and the signing keys', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter);
  });
  afterAll(() => test?.stop());

  const send = (token: string): Promise<Answer> =>
    new Person().request(test.at('/auth/backchannel-logout'), {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    });

  it('cannot be done while they cannot be read', async () => {
    const person = await test.logIn();
    const token = await test.control.logoutToken({ aud: CLIENT.clientId, sub: 'auth0|alice' });
    test.control.failNext('jwks', { status: 500, body: 'oops' });
    expect((await send(token)).status).toBe(503);
    test.control.failNext('jwks', { status: 200, body: '<html>', contentType: 'text/html' });
    expect((await send(token)).status).toBe(503);
    test.control.failNext('jwks', { status: 200, body: { keys: 'none' } });
    expect((await send(token)).status).toBe(503);
    expect(await isLoggedIn(test, person)).toBe(true);

    expect((await send(token)).status).toBe(200);
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('waits for a key that may be new: a failed read does not count, and within the pause Auth0 sends again', async () => {
    const own = await TestApp.start(adapter);
    try {
      const post = (token: string): Promise<Answer> =>
        new Person().request(own.at('/auth/backchannel-logout'), {
          method: 'POST',
          body: new URLSearchParams({ logout_token: token }),
        });
      const logoutOf = (sub: string): Promise<string> => own.control.logoutToken({ aud: CLIENT.clientId, sub });
      const [alice, bob] = [await own.logIn('auth0|alice'), await own.logIn('auth0|bob')];
      expect((await post(await logoutOf('auth0|nobody'))).status).toBe(200);

      await own.control.signingKeys.rotate();
      own.control.failNext('jwks', { status: 500, body: 'oops' });
      const token = await logoutOf('auth0|alice');
      expect((await post(token)).status, 'the keys could not be read').toBe(503);
      expect((await post(token)).status, 'they are read at once when it comes again').toBe(200);
      expect(await isLoggedIn(own, alice)).toBe(false);

      await own.control.signingKeys.rotate();
      const next = await logoutOf('auth0|bob');
      const early = await post(next);
      expect(early.status, 'the keys were read a moment ago').toBe(503);
      vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
      expect((await post(next)).status).toBe(200);
      expect(await isLoggedIn(own, bob)).toBe(false);
    } finally {
      vi.restoreAllMocks();
      await own.stop();
    }
  });

  it('works with a key that is new, and is not made to ask without end', async () => {
    const person = await test.logIn();
    await test.control.signingKeys.rotate();
    const token = await test.control.logoutToken({ aud: CLIENT.clientId, sub: 'auth0|alice' });
    test.control.resetCounts();
    expect((await send(token)).status).toBe(200);
    expect(await isLoggedIn(test, person)).toBe(false);

    for (let i = 0; i < 5; i += 1) {
      const forged = await test.control.logoutToken({ aud: CLIENT.clientId, sub: 'auth0|alice' }, { kid: `k${i}` });
      expect((await send(forged)).status, 'for all we know it is newer still').toBe(503);
    }
    expect(test.control.count('jwks')).toBeLessThanOrEqual(2);
  });
});

it('can be switched off, and moved', async () => {
  const off = await TestApp.start('Express', { options: { routes: { backchannelLogout: false } } });
  const moved = await TestApp.start('Fastify', {
    options: { routes: { prefix: 'sso', backchannelLogout: 'slo' } },
  });
  try {
    const body = new URLSearchParams({ logout_token: 'x' });
    const post = { method: 'POST', body };
    expect((await new Person().request(off.at('/auth/backchannel-logout'), post)).status).toBe(404);
    expect((await new Person().request(moved.at('/sso/slo'), post)).status).toBe(400);
  } finally {
    await off.stop();
    await moved.stop();
  }
});
