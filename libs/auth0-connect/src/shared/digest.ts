import { hash } from 'node:crypto';

/**
 * SHA-256 in lower-case hex over the parts, which may hold any characters but NUL.
 *
 * Rows are looked up by digests only: hex compares alike under every collation (MySQL's default one takes
 * `auth0|Ann` and `auth0|ann` for the same user), and an index entry has one length whatever a provider sends.
 */
export function digest(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\0'), 'hex');
}
