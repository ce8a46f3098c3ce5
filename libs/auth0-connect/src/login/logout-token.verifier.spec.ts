import { generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { Auth0UnavailableError } from '../errors/index.js';
import { resolveOptions } from '../options/resolve-options.js';
import type { IssuerKeys } from '../issuer/issuer-keys.js';
import { SignedTokenVerifier } from '../issuer/signed-token.verifier.js';
import { LogoutTokenVerifier } from './logout-token.verifier.js';

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const NOW = 1_800_000_000;
const CLAIMS = { iss: 'https://login.one.example/', aud: 'client', iat: NOW, jti: 'token', events: EVENTS, sid: 'sid' };

describe('a logout token', () => {
  let signing: Record<string, CryptoKey>;
  let published: Record<string, CryptoKey>;
  let asked: string[] = [];
  beforeAll(async () => {
    signing = {};
    published = {};
    for (const algorithm of ['RS256', 'PS256', 'ES256', 'RS512', 'EdDSA']) {
      const { privateKey, publicKey } = await generateKeyPair(algorithm);
      signing[algorithm] = privateKey;
      published[algorithm] = publicKey;
    }
  });

  const options = resolveOptions({
    domain: { allowed: ['login.one.example', 'login.two.example'], resolve: () => 'login.one.example' },
    clientId: 'client',
    clientSecret: 'client-secret',
    secret: 'a test secret that is long enough',
    appBaseUrl: 'https://app.example.com',
  });
  const keys: IssuerKeys = {
    currentSet: () => undefined,
    find: async (issuerOrigin, { kid }) => {
      asked.push(issuerOrigin);
      return published[kid ?? ''];
    },
  };
  const tokens = (given: IssuerKeys = keys, now = NOW): LogoutTokenVerifier => {
    asked = [];
    return new LogoutTokenVerifier(new SignedTokenVerifier(given, options, { now: () => now * 1000 }), options);
  };
  const sign = (claims: Record<string, unknown> = {}, alg = 'RS256'): Promise<string> => {
    const key = signing[alg];
    if (!key) throw new Error(`no key for ${alg}`);
    const header = { alg, kid: alg, typ: 'logout+jwt' };
    return new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader(header).sign(key);
  };

  it.each(['RS256', 'PS256', 'ES256'])('may be signed by %s', async (algorithm) => {
    expect(await tokens().verify(await sign({}, algorithm))).toEqual({
      issuerOrigin: 'https://login.one.example',
      tokenId: 'token',
      issuedAt: NOW,
      expiresAt: (NOW + 150) * 1000,
      target: { sid: 'sid' },
    });
  });

  it.each(['RS512', 'EdDSA'])('may not be signed by %s', async (algorithm) => {
    const verified = tokens().verify(await sign({}, algorithm));
    await expect(verified).rejects.toMatchObject({ code: 'invalid_logout_token' });
    expect(asked, 'no key is looked for').toEqual([]);
  });

  it('is of the domain that it says, and of no other', async () => {
    const { issuerOrigin } = await tokens().verify(await sign({ iss: 'https://login.two.example/' }));
    expect(issuerOrigin).toBe('https://login.two.example');
    expect(asked).toEqual(['https://login.two.example']);
    await expect(tokens().verify(await sign({ iss: 'https://login.three.example/' }))).rejects.toThrow(
      'another issuer',
    );
    expect(asked).toEqual([]);
  });

  it('is about one session when it names one, else about a user', async () => {
    expect((await tokens().verify(await sign({ sub: 'user' }))).target).toEqual({ sid: 'sid' });
    expect((await tokens().verify(await sign({ sub: 'user', sid: undefined }))).target).toEqual({ userId: 'user' });
  });

  it.each([149, -30])('is taken at an age of %i seconds', async (age) => {
    expect(await tokens(keys, NOW + age).verify(await sign())).toMatchObject({ issuedAt: NOW });
  });

  it.each([151, -31])('is not taken at an age of %i seconds, nor does its own end count', async (age) => {
    const verified = tokens(keys, NOW + age).verify(await sign({ exp: NOW + 9_999 }));
    await expect(verified).rejects.toMatchObject({ code: 'invalid_logout_token' });
  });

  it('counts the seconds whole', async () => {
    expect((await tokens().verify(await sign({ iat: NOW - 0.5 }))).issuedAt).toBe(NOW - 1);
  });

  it('waits for a key that may be new', async () => {
    const given: unknown[] = [];
    const noted: IssuerKeys = {
      currentSet: () => undefined,
      find: async (_issuerOrigin, { kid }, wanted) => {
        given.push(wanted);
        return published[kid ?? ''];
      },
    };
    await tokens(noted).verify(await sign());
    expect(given).toEqual([{ mustBeCurrent: true }]);
  });

  it.each([
    ['sub', 'a\u0000b'],
    ['sid', 'a'.repeat(256)],
    ['jti', ''],
    ['sub', 7],
  ])('is refused with a %s that is no id', async (claim, value) => {
    const verified = tokens().verify(await sign({ [claim]: value }));
    await expect(verified).rejects.toMatchObject({ code: 'invalid_logout_token' });
  });

  it('cannot be judged without the keys', async () => {
    const unreachable: IssuerKeys = {
      currentSet: () => undefined,
      find: () => Promise.reject(new Auth0UnavailableError('signing-keys')),
    };
    await expect(tokens(unreachable).verify(await sign())).rejects.toBeInstanceOf(Auth0UnavailableError);
  });

  it('that is refused shows nothing of what it says', async () => {
    const verified = tokens().verify(await sign({ aud: 'secret-audience' }));
    await expect(verified).rejects.toThrow('it is for another application');
    await expect(verified).rejects.not.toThrow('secret-audience');
  });
});
