import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.js';
import { resolveClientAuth } from './client-auth.js';
import { resolveOptions } from './resolve-options.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const PKCS1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const ENCRYPTED = rsa.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret words' })
  .toString();
const PUBLIC = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const JWK = rsa.privateKey.export({ format: 'jwk' });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const SMALL = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const ED25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const SECRET = 'client-secret';

const keyed = (options: Record<string, unknown>) =>
  resolveClientAuth({ method: 'private_key_jwt', ...options }, undefined);

async function cryptoKey(algorithm: string, usages: webcrypto.KeyUsage[] = ['sign', 'verify']) {
  const parameters = {
    name: algorithm,
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  return webcrypto.subtle.generateKey(parameters, false, usages);
}

describe('client authentication by a secret', () => {
  it('is the default', () => {
    expect(resolveClientAuth(undefined, SECRET)).toEqual({
      clientAuth: { method: 'client_secret_post', clientSecret: SECRET },
      problems: [],
    });
  });

  it('can use the header', () => {
    expect(resolveClientAuth({ method: 'client_secret_basic' }, SECRET).clientAuth.method).toBe('client_secret_basic');
  });

  it.each([undefined, '', ' ', 7])('needs one: %o is none', (secret) => {
    expect(resolveClientAuth(undefined, secret).problems).toEqual(['clientSecret is required']);
  });
});

describe('client authentication by a key', () => {
  it.each([
    ['PKCS#8', PEM, 'RS256'],
    ['PKCS#1', PKCS1, 'RS256'],
    ['an EC key', EC, 'ES384'],
    ['a JWK', JWK, 'RS256'],
    ['a JWK with an algorithm', { ...JWK, alg: 'PS256' }, 'PS256'],
  ])('takes %s', (_what, privateKey, algorithm) => {
    const { clientAuth, problems } = keyed({ privateKey });
    expect(problems).toEqual([]);
    expect(clientAuth).toMatchObject({ keys: [{ algorithm, keyId: undefined }] });
  });

  it('takes a CryptoKey, which knows its algorithm', async () => {
    const { privateKey } = await cryptoKey('RSA-PSS');
    expect(keyed({ privateKey })).toMatchObject({ problems: [], clientAuth: { keys: [{ algorithm: 'PS256' }] } });
    expect(keyed({ privateKey, algorithm: 'RS256' }).problems).toEqual([
      'clientAuth.privateKey: algorithm must be one that fits the key: PS256',
    ]);
  });

  it('takes keyId and algorithm beside the key, and the kid of a JWK', () => {
    expect(keyed({ privateKey: PEM, keyId: 'k1', algorithm: 'PS256' }).clientAuth).toMatchObject({
      keys: [{ keyId: 'k1', algorithm: 'PS256' }],
    });
    expect(keyed({ privateKey: { ...JWK, kid: 'k2' } }).clientAuth).toMatchObject({ keys: [{ keyId: 'k2' }] });
  });

  it('takes a list for rotation, each with its id, the first to sign', () => {
    const privateKey = [
      { key: EC, keyId: 'new' },
      { ...JWK, kid: 'old' },
    ];
    expect(keyed({ privateKey })).toMatchObject({
      problems: [],
      clientAuth: { keys: [{ keyId: 'new' }, { keyId: 'old' }] },
    });
  });

  it('refuses a list whose keys cannot be told apart', () => {
    const expected = [expect.stringContaining('each key needs a keyId of its own')];
    expect(keyed({ privateKey: [PEM, EC] }).problems).toEqual(expected);
    expect(
      keyed({
        privateKey: [
          { key: PEM, keyId: 'a' },
          { key: EC, keyId: 'a' },
        ],
      }).problems,
    ).toEqual(expected);
    expect(
      keyed({
        privateKey: [
          { key: PEM, keyId: 'a' },
          { key: EC, keyId: 'b' },
        ],
        keyId: 'a',
      }).problems,
    ).toHaveLength(1);
    expect(keyed({ privateKey: [] }).problems).toEqual(['clientAuth.privateKey is an empty list']);
  });

  it.each<[string, unknown]>([
    ['encrypted PEM', ENCRYPTED],
    ['a public key', PUBLIC],
    ['no PEM', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`],
    ['an empty text', ''],
    ['a number', 7],
    ['null', null],
    ['a public JWK', { kty: JWK.kty, n: JWK.n, e: JWK.e }],
    ['a symmetric JWK', { kty: 'oct', k: SECRET }],
    ['a small RSA key', SMALL],
    ['an Ed25519 key', ED25519],
  ])('refuses %s, and does not show it', (_what, privateKey) => {
    const { problems } = keyed({ privateKey });
    expect(problems).toEqual([expect.stringMatching(/^clientAuth\.privateKey can(not|not be) /)]);
    const text = typeof privateKey === 'string' ? privateKey : JSON.stringify(privateKey);
    for (const line of text.split('\n').filter((part) => part.length > 10)) expect(problems[0]).not.toContain(line);
  });

  it('refuses CryptoKeys that cannot sign', async () => {
    const { publicKey } = await cryptoKey('RSA-PSS');
    const { privateKey } = await webcrypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveKey',
    ]);
    expect(keyed({ privateKey: publicKey }).problems).toHaveLength(1);
    expect(keyed({ privateKey }).problems).toHaveLength(1);
  });

  it('refuses an algorithm that does not fit, and an id that is no text', () => {
    expect(keyed({ privateKey: PEM, algorithm: 'HS256' }).problems).toHaveLength(1);
    expect(keyed({ privateKey: EC, algorithm: 'RS256' }).problems).toHaveLength(1);
    expect(keyed({ privateKey: PEM, keyId: 7 }).problems).toHaveLength(1);
    expect(keyed({}).problems).toEqual(['clientAuth.privateKey is required for "private_key_jwt"']);
  });
});

describe('client authentication', () => {
  it.each([
    [{ method: 'private_key_jwt', privateKey: PEM }, SECRET, 'clientSecret'],
    [{ method: 'client_secret_post', privateKey: PEM }, SECRET, 'clientAuth.privateKey'],
    [{ privateKey: PEM }, SECRET, 'clientAuth.privateKey'],
    [{ keyId: 'k' }, SECRET, 'clientAuth.keyId'],
    [{ certificate: 'x' }, SECRET, 'clientAuth.certificate'],
    [{ method: 'private_key_jwt', privateKey: PEM, ca: 'x' }, undefined, 'clientAuth.ca'],
  ])('refuses a credential beside the one in use (%#)', (clientAuth, secret, name) => {
    expect(resolveClientAuth(clientAuth, secret).problems).toEqual([
      expect.stringMatching(new RegExp(`^${name} is for`)),
    ]);
  });

  it('refuses a name that it does not know', () => {
    expect(keyed({ privateKey: PEM, kid: 'k' }).problems).toEqual([
      'clientAuth.kid is not an option; there are method, privateKey, keyId, algorithm, certificate, key, ca',
    ]);
  });

  it('refuses an unknown method', () => {
    expect(resolveClientAuth({ method: 'none' }, SECRET).problems).toEqual([
      'clientAuth.method must be one of client_secret_post, client_secret_basic, private_key_jwt, tls_client_auth',
    ]);
    expect(resolveClientAuth('private_key_jwt', SECRET).problems).toEqual([
      'clientAuth must be an object, such as { method }',
    ]);
  });

  it('by mutual TLS needs a certificate with its key', () => {
    const { problems } = resolveClientAuth({ method: 'tls_client_auth', key: PEM, ca: 'none' }, undefined);
    expect(problems).toEqual([
      'clientAuth.certificate must be a certificate as PEM',
      'clientAuth.ca must be a certificate as PEM',
    ]);
  });

  it('reports its problems together with all others, in one error', () => {
    const options = {
      domain: 'http://localhost:4477',
      allowInsecureHttp: true,
      clientId: '',
      secret: 'x'.repeat(32),
      appBaseUrl: 'https://app.example.com',
      clientAuth: { method: 'tls_client_auth' as const, certificate: 'no', key: PEM },
      dpop: 'yes' as unknown as boolean,
    };
    expect(() => resolveOptions(options)).toThrow(
      new ConfigurationError([
        'clientId is required',
        'clientAuth.certificate must be a certificate as PEM',
        'clientAuth.method "tls_client_auth" needs a domain on https',
        'dpop must be true or false',
      ]),
    );
  });
});
