import { parseScopes } from '../shared/scopes.js';
import type { OptionsCheck } from './options-check.js';

const DEFAULT_SCOPE = 'openid profile email offline_access';

/** What the library sets itself on every `/authorize` request. */
const RESERVED_PARAMETERS = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'state',
];

/**
 * Parameters of `/authorize` that every login sends. `redirect_uri`, `state` and the like are the library's.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
 */
export interface AuthorizationParams {
  /** The API whose access token the login asks for. Left out: none but Auth0's own `/userinfo`. */
  audience?: string;
  /**
   * Default `openid profile email offline_access`. Must hold `openid`; without `offline_access` there is no refresh
   * token, and with it neither connected accounts nor connection tokens.
   */
  scope?: string;
  /** Any other parameter, as Auth0 documents it: `prompt`, `max_age`, `ui_locales`, `acr_values` ... */
  [parameter: string]: string | number | undefined;
}

/** What a login is asked for with, checked. */
export interface ResolvedLogin {
  readonly audience: string | undefined;
  readonly scope: string;
  /** The parameters of `/authorize` besides audience and scope. */
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly pushedAuthorizationRequests: boolean;
  readonly dpop: boolean;
}

/** How a login goes. */
export function resolveLogin(
  given: { authorizationParams?: unknown; pushedAuthorizationRequests?: unknown; dpop?: unknown },
  check: OptionsCheck,
): ResolvedLogin {
  const { audience, scope, ...authorizationParams } = parametersOf(given.authorizationParams, check);
  return {
    audience,
    scope: scope ?? DEFAULT_SCOPE,
    authorizationParams: Object.freeze(authorizationParams),
    pushedAuthorizationRequests: check.boolean('pushedAuthorizationRequests', given.pushedAuthorizationRequests, false),
    dpop: check.boolean('dpop', given.dpop, false),
  };
}

function parametersOf(value: unknown, check: OptionsCheck): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, param] of Object.entries(check.object('authorizationParams', value))) {
    if (param === undefined) continue;
    if (RESERVED_PARAMETERS.includes(name)) {
      check.add(`authorizationParams.${name} is set by the library and cannot be given`);
    } else if (typeof param !== 'string' && typeof param !== 'number') {
      check.add(`authorizationParams.${name} must be a string or a number`);
    } else {
      params[name] = String(param);
    }
  }
  if (params.scope !== undefined && !parseScopes(params.scope).includes('openid')) {
    check.add('authorizationParams.scope must contain "openid"');
  }
  return params;
}
