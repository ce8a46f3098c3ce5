import { Auth0UnavailableError } from '../errors/index.js';

/** A kept connection that the other side has closed meanwhile: Node's codes, and undici's. */
const CODES = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * The connection ended before any byte of the answer, most likely because it had been kept for too long. Whether the request
 * arrived is not known.
 */
export class LostConnection extends Auth0UnavailableError {
  constructor(operation: string, cause: Error) {
    super(operation, { cause });
    this.name = Auth0UnavailableError.name;
  }

  /** Whether this is what a failure of `fetch` comes from. */
  static isBehind(error: unknown): boolean {
    for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
      if (CODES.has(String((at as { code?: unknown }).code))) return true;
    }
    return false;
  }
}
