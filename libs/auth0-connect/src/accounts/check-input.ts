import { InvalidRequestError } from '../errors/index.js';
import { isScopeToken } from '../shared/scopes.js';

// The bounds are those of the My Account API: what it would refuse is not sent.

export function checkConnection(connection: unknown): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (typeof connection !== 'string' || !/^[^\u0000-\u001f\u007f]{1,128}$/.test(connection)) {
    throw new InvalidRequestError('connection', 'must be the name of a connection, at most 128 characters');
  }
  return connection;
}

export function checkScopes(scopes: readonly unknown[] | undefined): string[] {
  const unique = [...new Set(scopes ?? [])];
  if (unique.length > 100 || !unique.every(isScope)) {
    throw new InvalidRequestError('scopes', 'must be at most 100 scopes, each of 1 to 255 characters without spaces');
  }
  return unique;
}

function isScope(scope: unknown): scope is string {
  return isScopeToken(scope) && scope.length <= 255;
}

/** What a caller wants a provider's token for. */
export function checkWanted(options: {
  connection: string;
  loginHint?: string;
  scopes?: readonly string[];
  forceRefresh?: boolean;
}): { connection: string; loginHint: string | undefined; scopes: string[]; forceRefresh: boolean } {
  return {
    connection: checkConnection(options.connection),
    loginHint: checkLoginHint(options.loginHint),
    scopes: checkScopes(options.scopes),
    forceRefresh: options.forceRefresh ?? false,
  };
}

export function checkRedirectUri(redirectUri: string): string {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol) || redirectUri.length > 2048) {
    throw new InvalidRequestError('redirectUri', 'must be an absolute URL of at most 2048 characters');
  }
  return redirectUri;
}

export function checkLoginHint(loginHint: unknown): string | undefined {
  if (loginHint === undefined) return undefined;
  if (typeof loginHint !== 'string' || loginHint.trim() === '' || loginHint.length > 255) {
    throw new InvalidRequestError('loginHint', 'must be 1 to 255 characters');
  }
  return loginHint;
}

export function checkTake(take: number | undefined): number | undefined {
  if (take !== undefined && !(Number.isInteger(take) && take >= 1 && take <= 20)) {
    throw new InvalidRequestError('take', 'must be a whole number from 1 to 20');
  }
  return take;
}

export function checkCursor(from: string | undefined): string | undefined {
  if (from !== undefined && (typeof from !== 'string' || from === '' || from.length > 4096)) {
    throw new InvalidRequestError('from', 'must be what an earlier page has given as "next"');
  }
  return from;
}

export function checkConnections(connection: string | readonly string[] | undefined): string[] {
  const connections = connection === undefined ? [] : [connection].flat();
  if (connections.length > 20) throw new InvalidRequestError('connection', 'can be given at most 20 times');
  return connections.map(checkConnection);
}

export function checkAccountId(id: unknown): string {
  if (typeof id !== 'string' || !/^cac_[A-Za-z0-9]{1,255}$/.test(id)) {
    throw new InvalidRequestError('id', 'must be the id of a connected account, "cac_..."');
  }
  return id;
}
