import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  readClientSigningKeys,
  type NamedPrivateKey,
  type PrivateKey,
  type SigningAlgorithm,
  type ClientSigningKey,
} from './client-signing-keys.js';

const METHODS = ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'tls_client_auth'] as const;

/**
 * How the application proves to Auth0 that it is the application.
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2
 */
export interface ClientAuthOptions {
  /**
   * Default `client_secret_post`. What is chosen here has to be chosen in Auth0 too: Applications > Credentials.
   * `private_key_jwt` needs `privateKey`, `tls_client_auth` needs `certificate` and `key`; both do without
   * `clientSecret`.
   */
  method?: (typeof METHODS)[number];
  /** For `private_key_jwt`: PEM, a JWK or a `CryptoKey`. Of a list, for rotation, the first signs. */
  privateKey?: PrivateKey | NamedPrivateKey | readonly (PrivateKey | NamedPrivateKey)[];
  /** `kid`: the id that Auth0 shows for the public key. */
  keyId?: string;
  /** Default `RS256` for an RSA key as PEM. Auth0 takes `RS256`, `RS384` and `PS256`. */
  algorithm?: SigningAlgorithm;
  /** For `tls_client_auth`: the certificate as PEM, with those between it and its authority behind it. */
  certificate?: string;
  /** For `tls_client_auth`: the certificate's private key as PEM. */
  key?: string;
  /** For `tls_client_auth`: authorities that may vouch for Auth0's host, as PEM. Default: those that Node knows. */
  ca?: string;
}

/** What a TLS connection presents and believes. PEM. */
export interface ClientTls {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** How the application authenticates, checked. */
export type ClientAuth =
  | { readonly method: 'client_secret_post' | 'client_secret_basic'; readonly clientSecret: string }
  | { readonly method: 'private_key_jwt'; readonly keys: readonly [ClientSigningKey, ...ClientSigningKey[]] }
  | { readonly method: 'tls_client_auth'; readonly tls: ClientTls };

/** @returns how the client authenticates, and what is wrong with the options. */
export function resolveClientAuth(
  given: unknown,
  clientSecret: unknown,
): { clientAuth: ClientAuth; problems: string[] } {
  const problems: string[] = [];
  const options = (typeof given === 'object' && given !== null ? given : {}) as Partial<Record<string, unknown>>;
  if (given !== undefined && options !== given) problems.push('clientAuth must be an object, such as { method }');
  problems.push(...unknown(options));
  const method = METHODS.find((name) => name === (options.method ?? METHODS[0]));
  if (method === undefined) problems.push(`clientAuth.method must be one of ${METHODS.join(', ')}`);
  else problems.push(...misplaced(method, options, clientSecret));
  return { clientAuth: resolve(method ?? METHODS[0], options, clientSecret, problems), problems };
}

const USED_BY = {
  client_secret_post: ['clientSecret'],
  client_secret_basic: ['clientSecret'],
  private_key_jwt: ['privateKey', 'keyId', 'algorithm'],
  tls_client_auth: ['certificate', 'key', 'ca'],
} as const;

/** A misspelt name would be ignored without a word. */
function unknown(options: Partial<Record<string, unknown>>): string[] {
  const known: readonly string[] = ['method', ...new Set(Object.values(USED_BY).flat())].filter(
    (name) => name !== 'clientSecret',
  );
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `clientAuth.${name} is not an option; there are ${known.join(', ')}`);
}

/** A second credential beside the one in use is a mistake: nobody would notice when it is wrong or has leaked. */
function misplaced(method: keyof typeof USED_BY, options: Partial<Record<string, unknown>>, secret: unknown): string[] {
  const given: Partial<Record<string, unknown>> = { ...options, clientSecret: secret };
  return Object.entries(USED_BY)
    .flatMap(([owner, names]) => names.map((name) => ({ owner, name })))
    .filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index)
    .filter(({ name }) => given[name] !== undefined && !USED_BY[method].some((used) => used === name))
    .map(({ owner, name }) => {
      const place = name === 'clientSecret' ? name : `clientAuth.${name}`;
      return `${place} is for the method "${owner}" and not for "${method}": leave it out, or choose that method`;
    });
}

function resolve(
  method: (typeof METHODS)[number],
  options: Partial<Record<string, unknown>>,
  clientSecret: unknown,
  problems: string[],
): ClientAuth {
  if (method === 'private_key_jwt') return { method, keys: keysOf(options, problems) };
  if (method === 'tls_client_auth') return { method, tls: tlsOf(options, problems) };
  if (typeof clientSecret !== 'string' || clientSecret.trim() === '') problems.push('clientSecret is required');
  return { method, clientSecret: String(clientSecret) };
}

function keysOf(
  options: Partial<Record<string, unknown>>,
  problems: string[],
): readonly [ClientSigningKey, ...ClientSigningKey[]] {
  if (options.privateKey === undefined) problems.push('clientAuth.privateKey is required for "private_key_jwt"');
  else {
    const named = { keyId: options.keyId, algorithm: options.algorithm };
    const [first, ...others] = readClientSigningKeys('clientAuth.privateKey', options.privateKey, named, problems);
    if (first) return [first, ...others];
  }
  return [] as unknown as readonly [ClientSigningKey]; // never used: there is a problem
}

function tlsOf(given: Partial<Record<string, unknown>>, problems: string[]): ClientTls {
  const certificate = textOf(given.certificate);
  const key = textOf(given.key);
  const ca = given.ca === undefined ? undefined : textOf(given.ca);
  const read = parsed(() => new X509Certificate(certificate));
  const privateKey = parsed(() => createPrivateKey(key));
  if (!read) problems.push('clientAuth.certificate must be a certificate as PEM');
  if (!privateKey) problems.push('clientAuth.key must be a private key as PEM without a passphrase');
  if (read && privateKey && !read.checkPrivateKey(privateKey)) {
    problems.push('clientAuth.key is not the key of clientAuth.certificate');
  }
  if (read && Date.parse(read.validTo) <= Date.now()) problems.push('clientAuth.certificate has expired');
  if (ca !== undefined && !parsed(() => new X509Certificate(ca))) {
    problems.push('clientAuth.ca must be a certificate as PEM');
  }
  return { certificate, key, ca };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Undefined for what cannot be read; the error might show what was given, and nothing of it is kept. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
