import type { Route } from '../request/per-handler.js';
import { isScopeToken } from '../../shared/scopes.js';

const SCOPES = 'auth0-connect:required-scopes';

/** @internal Scopes that an access token must have: all of them, or any one. */
export interface ScopeRule {
  readonly scopes: readonly string[];
  readonly anyOf: boolean;
}

/** Type of `RequireScopes`: all of the scopes, or with `anyOf` one of them. */
export interface RequireScopesDecorator {
  (...scopes: [string, ...string[]]): ClassDecorator & MethodDecorator;
  (options: { anyOf: readonly string[] }): ClassDecorator & MethodDecorator;
  /** At least one of these. */
  anyOf(...scopes: [string, ...string[]]): ClassDecorator & MethodDecorator;
}

/**
 * What an access token must have been granted, on a handler or on a controller; those of both count, and several on one
 * handler all count. `AccessTokenGuard` answers 403 `insufficient_token_scope` to a token without. It limits what an
 * application may do for its user: a login session, where `SessionOrAccessTokenGuard` lets one in, has no scopes.
 * @throws TypeError for no scope, or one that is no `scope-token`; ConfigurationError at start-up where no guard looks at them
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 *
 * @example
 * @RequireScopes('read:events', 'write:events')     // both
 * @RequireScopes.anyOf('read:events', 'admin')      // one of them
 */
export const RequireScopes: RequireScopesDecorator = Object.assign(
  (first: string | { anyOf: readonly string[] }, ...others: string[]) =>
    typeof first === 'object'
      ? required({ scopes: first.anyOf, anyOf: true })
      : required({ scopes: [first, ...others], anyOf: false }),
  { anyOf: (...scopes: [string, ...string[]]) => required({ scopes, anyOf: true }) },
);

function required(rule: ScopeRule): ClassDecorator & MethodDecorator {
  const { scopes } = rule;
  if (scopes.length === 0 || !scopes.every(isScopeToken)) {
    throw new TypeError('RequireScopes needs at least one scope, each without spaces');
  }
  return (target: object, _name?: string | symbol, descriptor?: { value?: unknown }) => {
    const place = (descriptor?.value as object | undefined) ?? target;
    Reflect.defineMetadata(SCOPES, [...rulesAt(place), rule], place);
  };
}

/** @internal What a handler asks for, its controller's rules first. */
export function scopeRulesOf(context: Route): readonly ScopeRule[] {
  return [...rulesAt(context.getClass()), ...rulesAt(context.getHandler())];
}

function rulesAt(place: object): readonly ScopeRule[] {
  return (Reflect.getMetadata(SCOPES, place) as ScopeRule[] | undefined) ?? [];
}
