import { randomBytes } from 'node:crypto';

/** 256 random bits, 43 characters of base64url: session ids, `state`, `nonce`, PKCE verifiers, leases. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

const RANDOM_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Whether a value from outside has the form of {@link randomToken}. */
export function isRandomToken(value: unknown): value is string {
  return typeof value === 'string' && RANDOM_TOKEN.test(value);
}
