import { createHash } from 'node:crypto';

/** `code_challenge` for the method S256, RFC 7636 section 4.2. */
export function codeChallengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier, 'ascii').digest('base64url');
}
