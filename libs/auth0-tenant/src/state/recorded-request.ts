import { TOKEN_VAULT_GRANT } from '../options.js';
import { isRecord, textOf } from '../values.js';

/** What a request can be about. */
export const REQUEST_KINDS = [
  'discovery',
  'jwks',
  'authorize',
  'par',
  'code',
  'refresh',
  'exchange',
  'connect',
  'complete',
  'accounts',
  'connections',
  'delete-account',
  'logout',
  'revoke',
  'upstream',
  'backchannel',
  'token-other',
  'page',
] as const;

/** What a request was about. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** One request the tenant received. */
export interface RecordedRequest {
  kind: RequestKind;
  method: string;
  path: string;
  /** The query parameters; of a repeated one, all values. */
  query: Record<string, string | string[]>;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  /** A form or JSON body as an object (or whatever JSON value it was), else the text; `undefined` when there was none. */
  body: unknown;
  /** The status that was answered; 0 while the request is under way. */
  status: number;
}

const FIXED: Record<string, RequestKind> = {
  'GET /.well-known/openid-configuration': 'discovery',
  'GET /.well-known/oauth-authorization-server': 'discovery',
  'GET /.well-known/jwks.json': 'jwks',
  'GET /authorize': 'authorize',
  'POST /oauth/par': 'par',
  'POST /oauth/revoke': 'revoke',
  'POST /bc-authorize': 'backchannel',
  'GET /oidc/logout': 'logout',
  'POST /oidc/logout': 'logout',
  'GET /v2/logout': 'logout',
  'POST /me/v1/connected-accounts/connect': 'connect',
  'POST /me/v1/connected-accounts/complete': 'complete',
  'GET /me/v1/connected-accounts/accounts': 'accounts',
  'GET /me/v1/connected-accounts/connections': 'connections',
};

const GRANTS: Record<string, RequestKind> = {
  authorization_code: 'code',
  refresh_token: 'refresh',
  [TOKEN_VAULT_GRANT]: 'exchange',
};

/** Sorts a request by method, path and, at the token endpoint, grant type. */
export function kindOf(method: string, path: string, body: unknown): RequestKind {
  if (method === 'POST' && path === '/oauth/token') {
    const grant = isRecord(body) ? textOf(body.grant_type) : undefined;
    return (grant !== undefined && GRANTS[grant]) || 'token-other';
  }
  if (method === 'DELETE' && path.startsWith('/me/v1/connected-accounts/accounts/')) return 'delete-account';
  if (path.startsWith('/upstream/')) return 'upstream';
  return FIXED[`${method} ${path}`] ?? 'page';
}
