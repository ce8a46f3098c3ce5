import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidDpopProofError } from '../errors/index.js';
import type { ReplayStore } from '../ports/replay-store.js';
import { DpopProofVerifier, type ExpectedProof } from './dpop-proof.verifier.js';

/** RFC 9449 section 7.1, figure 13. */
const RFC_PROOF =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo' +
  'RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJq' +
  'dGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNv' +
  'dXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqz' +
  'hrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
const RFC_ACCESS_TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
/** RFC 9449 section 6.1. */
const RFC_THUMBPRINT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const RFC_TIME = 1_562_262_618_000;

const URL_OF_REQUEST = 'https://api.example.com/events';
const ACCESS_TOKEN = 'an.access.token';
const OTHER_ATH = 'W1gFZ0QPpMBtXXaXmmLlqPXL4Mx0G6hY1ZmtYiDgE0c';

describe('a DPoP proof', () => {
  let now: number;
  let remembered: Map<string, number>;
  let proofs: DpopProofVerifier;
  let key: { privateKey: CryptoKey; jwk: JWK; thumbprint: string };
  let ath: string;

  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    key = { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ACCESS_TOKEN));
    ath = Buffer.from(digest).toString('base64url');
  });

  beforeEach(() => {
    now = Date.UTC(2026, 0, 1);
    remembered = new Map();
    proofs = new DpopProofVerifier(
      {
        remember: async (kind, jti, expiresAt) => {
          if (remembered.has(`${kind} ${jti}`)) return false;
          remembered.set(`${kind} ${jti}`, expiresAt);
          return true;
        },
        has: async (kind, jti) => remembered.has(`${kind} ${jti}`),
      } as ReplayStore,
      { now: () => now },
    );
  });

  const sign = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT({
      jti: 'a-jti',
      htm: 'GET',
      htu: URL_OF_REQUEST,
      iat: Math.floor(now / 1000),
      ath,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk, ...header })
      .sign(key.privateKey);

  const accept = (proof: string | undefined, expected: Partial<ExpectedProof> = {}): Promise<void> =>
    proofs.accept({
      proof,
      method: 'GET',
      url: URL_OF_REQUEST,
      accessToken: ACCESS_TOKEN,
      thumbprint: key.thumbprint,
      ...expected,
    });

  const refusal = async (proof: string | undefined, expected?: Partial<ExpectedProof>): Promise<string> => {
    const error: unknown = await accept(proof, expected).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InvalidDpopProofError);
    expect(remembered.size, 'a refused proof is not remembered').toBe(0);
    return (error as InvalidDpopProofError).reason;
  };

  it('is accepted as RFC 9449 gives it, and only with its own method, address and token', async () => {
    now = RFC_TIME;
    const expected = {
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      accessToken: RFC_ACCESS_TOKEN,
      thumbprint: RFC_THUMBPRINT,
    };
    expect(await refusal(RFC_PROOF, { ...expected, method: 'POST' })).toContain('htm');
    expect(await refusal(RFC_PROOF, { ...expected, url: 'https://resource.example.org/other' })).toContain('htu');
    expect(await refusal(RFC_PROOF, { ...expected, accessToken: 'another' })).toContain('ath');
    expect(await refusal(RFC_PROOF, { ...expected, thumbprint: key.thumbprint })).toContain('bound');
    await expect(accept(RFC_PROOF, expected)).resolves.toBeUndefined();
  });

  it('has the thumbprint that RFC 7638 section 3.1 gives for its key', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj' +
      'hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ' +
      'vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK' +
      'nqDKgw';
    const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
    expect(await calculateJwkThumbprint(jwk)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('is good once, and is remembered for longer than it could be shown', async () => {
    const proof = await sign();
    await accept(proof);
    await expect(accept(proof)).rejects.toThrow('used before');
    expect(Math.min(...remembered.values())).toBeGreaterThan(now + 90_000);
    await accept(await sign({ jti: 'another' }));
  });

  it('may name the address with a query and in another spelling', async () => {
    await accept(await sign({ htu: 'https://API.example.com:443/a/%7euser?x=1#f' }), {
      url: 'https://api.example.com/a/~user',
    });
    await accept(await sign({ jti: '2', htu: 'https://api.example.com/a%2fb' }), {
      url: 'https://api.example.com/a%2Fb',
    });
    expect(remembered.size).toBe(2);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another method', { htm: 'POST' }],
    ['of a method in another case', { htm: 'get' }],
    ['of another host', { htu: 'https://evil.example/events' }],
    ['of another scheme', { htu: 'http://api.example.com/events' }],
    ['of another path', { htu: 'https://api.example.com/events/1' }],
    ['with a path in another case', { htu: 'https://api.example.com/Events' }],
    ['with a user in the address', { htu: 'https://user@api.example.com/events' }],
    ['with a relative address', { htu: '/events' }],
    ['without an address', { htu: undefined }],
    ['with a list of addresses', { htu: [URL_OF_REQUEST] }],
    ['without the digest of the token', { ath: undefined }],
    ['with the digest of another token', { ath: OTHER_ATH }],
    ['without an id', { jti: undefined }],
    ['with an empty id', { jti: '' }],
    ['without a time', { iat: undefined }],
    ['of a time that is text', { iat: '1767225600' }],
    ['that is too old', { iat: Date.UTC(2026, 0, 1) / 1000 - 91 }],
    ['from the future', { iat: Date.UTC(2026, 0, 1) / 1000 + 31 }],
  ])('is refused %s', async (_what, claims) => {
    expect(await refusal(await sign(claims))).not.toBe('');
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another type', { typ: 'JWT' }],
    ['of a type in another spelling', { typ: 'application/dpop+jwt' }],
    ['without a type', { typ: undefined }],
    ['without a key', { jwk: undefined }],
    ['with a key that is no object', { jwk: 'a-key' }],
    ['with a key of an unknown kind', { jwk: { kty: 'none' } }],
    ['with a critical header that is unknown', { crit: ['x'], x: 1 }],
  ])('is refused %s', async (_what, header) => {
    const proof = await sign().then(async (valid) => {
      const [, payload] = valid.split('.');
      const head = JSON.parse(Buffer.from(valid.split('.')[0] ?? '', 'base64url').toString()) as object;
      const changed = Buffer.from(JSON.stringify({ ...head, ...header })).toString('base64url');
      const signature = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        key.privateKey,
        Buffer.from(`${changed}.${payload}`),
      );
      return `${changed}.${payload}.${Buffer.from(signature).toString('base64url')}`;
    });
    expect(await refusal(proof)).not.toBe('');
  });

  it('is refused when it shows the private key', async () => {
    const jwk = await exportJWK(key.privateKey);
    expect(await refusal(await sign({}, { jwk }))).toContain('public');
  });

  it('is refused when it is signed with a secret that both know, or not at all', async () => {
    const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
    const jwk = { kty: 'oct', k: Buffer.from(secret).toString('base64url') };
    const symmetric = await new SignJWT({ jti: '1', htm: 'GET', htu: URL_OF_REQUEST, iat: now / 1000, ath })
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk })
      .sign(secret);
    expect(await refusal(symmetric)).toContain('algorithm');
    const [, payload] = (await sign()).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk })).toString('base64url');
    expect(await refusal(`${none}.${payload}.`)).toContain('algorithm');
  });

  it('is refused when its signature is of another key', async () => {
    const other = await generateKeyPair('ES256');
    const jwk = await exportJWK(other.publicKey);
    expect(await refusal(await sign({}, { jwk }))).not.toBe('');
  });

  it.each([undefined, '', 'x', 'a.b.c', '..', 'a, b'])('is refused when it is %j', async (proof) => {
    expect(await refusal(proof)).not.toBe('');
  });
});
