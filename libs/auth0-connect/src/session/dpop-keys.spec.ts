import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../errors/index.js';
import { dpopProof, dpopThumbprintOf, newDpopKey, publicDpopKeyOf } from './dpop-keys.js';

const NOW = 1_763_800_000_000;
/** The key of the examples in RFC 9449, its public half. */
const RFC_KEY = JSON.stringify({
  kty: 'EC',
  x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
  y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  crv: 'P-256',
});

describe('the thumbprint of a key', () => {
  it('is the one of RFC 9449 section 6.1 for its key', async () => {
    expect(await dpopThumbprintOf(RFC_KEY)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it('is the one of RFC 7638 section 3.1 for its key, whatever else the key says', async () => {
    const key = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    };
    expect(await dpopThumbprintOf(JSON.stringify(key))).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('does not depend on the private half', async () => {
    const key = await newDpopKey();
    expect(await dpopThumbprintOf(key)).toBe(await dpopThumbprintOf(JSON.stringify(publicDpopKeyOf(key))));
  });
});

describe('a proof', () => {
  const request = {
    method: 'GET',
    url: 'https://resource.example.org/protectedresource?page=2#top',
    accessToken: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
  };

  it('says what RFC 9449 section 7.1 shows for its token', async () => {
    const proof = await dpopProof(await newDpopKey(), request, NOW);
    expect(decodeJwt(proof)).toEqual({
      jti: expect.stringMatching(/^[\w-]{43}$/),
      htm: 'GET',
      htu: 'https://resource.example.org/protectedresource',
      ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
      iat: NOW / 1000,
    });
  });

  it('is signed by the key that it shows, of which it shows no private part', async () => {
    const key = await newDpopKey();
    const proof = await dpopProof(key, { ...request, nonce: 'n-1' }, NOW);
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { currentDate: new Date(NOW) });
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicDpopKeyOf(key) });
    expect(protectedHeader.jwk).not.toHaveProperty('d');
    expect(payload.nonce).toBe('n-1');
  });

  it('is another one each time', async () => {
    const key = await newDpopKey();
    const [first, second] = [await dpopProof(key, request, NOW), await dpopProof(key, request, NOW)];
    expect(decodeJwt(first).jti).not.toBe(decodeJwt(second).jti);
    expect(decodeProtectedHeader(first)).toEqual(decodeProtectedHeader(second));
  });

  it.each(['/orders', 'api.example.com', 'data:,x', ''])(
    'is made for absolute addresses only, not for %o',
    async (url) => {
      await expect(dpopProof(await newDpopKey(), { ...request, url }, NOW)).rejects.toThrow(InvalidRequestError);
    },
  );
});
