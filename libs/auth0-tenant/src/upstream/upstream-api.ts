import type { Context } from '../http/context.js';
import type { ProviderToken } from '../state/token-vault.js';

/** One pretend API of a provider. */
export interface UpstreamApi {
  methods: ('GET' | 'POST')[];
  /** The schemes of the Authorization header that it takes. */
  schemes: ('bearer' | 'token')[];
  /** Where it takes a token beside that header: as the parameter `token` of a form. */
  takesTokenInForm?: boolean;
  path: string;
  strategy: string;
  /** Any one of these is enough. */
  scopes: string[];
  /** The answer to a live token with one of the scopes. */
  body(token: ProviderToken): unknown;
  /** The answer to a dead, foreign or missing token. */
  unauthorized(ctx: Context): void;
  /** The answer to a live token without the scope. */
  forbidden(ctx: Context, token: ProviderToken): void;
}
