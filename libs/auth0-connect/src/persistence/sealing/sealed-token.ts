import type { StoredToken } from '../../tokens/ports.js';

/** A token and all that is known of it, to be sealed as one: the columns beside it are for the purge and for people. */
export function toSealedToken(token: StoredToken): string {
  return JSON.stringify(token);
}

/** @param expiresAt what the column says: it may end a token sooner, and never later */
export function fromSealedToken(json: string, expiresAt: number | null): StoredToken | undefined {
  const token = JSON.parse(json) as StoredToken;
  return expiresAt === null ? undefined : { ...token, expiresAt: Math.min(token.expiresAt, expiresAt) };
}
