import { isScopeToken } from '../../shared/scopes.js';
import { perHandler } from '../request/per-handler.js';

const RULES = 'auth0-connect:access-rules';

/** @internal What an access token must have: all of these names, or any one. */
export interface AccessRule {
  /** Granted to the application (`scope`), or to the user by a role (`permissions`). */
  readonly of: 'scopes' | 'permissions';
  readonly names: readonly string[];
  readonly anyOf: boolean;
}

/** Type of `RequireScopes` and `RequirePermissions`: all of the names, or with `anyOf` one of them. */
export interface AccessRuleDecorator {
  (...names: [string, ...string[]]): ClassDecorator & MethodDecorator;
  (options: { anyOf: readonly string[] }): ClassDecorator & MethodDecorator;
  /** At least one of these. */
  anyOf(...names: [string, ...string[]]): ClassDecorator & MethodDecorator;
}

/** @internal */
export function accessRuleDecorator(decorator: string, of: AccessRule['of']): AccessRuleDecorator {
  const required = (names: readonly string[], anyOf: boolean): ClassDecorator & MethodDecorator => {
    if (names.length === 0 || !names.every(isScopeToken)) {
      throw new TypeError(`${decorator} needs at least one name, each without spaces`);
    }
    return (target: object, _name?: string | symbol, descriptor?: { value?: unknown }) => {
      const place = (descriptor?.value as object | undefined) ?? target;
      Reflect.defineMetadata(RULES, [...rulesAt(place), { of, names, anyOf }], place);
    };
  };
  return Object.assign(
    (first: string | { anyOf: readonly string[] }, ...others: string[]) =>
      typeof first === 'object' ? required(first.anyOf, true) : required([first, ...others], false),
    { anyOf: (...names: [string, ...string[]]) => required(names, true) },
  );
}

/** @internal What a handler asks for, its controller's rules first. */
export const accessRulesOf = perHandler((handler, controller): readonly AccessRule[] => [
  ...rulesAt(controller),
  ...rulesAt(handler),
]);

function rulesAt(place: object): readonly AccessRule[] {
  return (Reflect.getMetadata(RULES, place) as AccessRule[] | undefined) ?? [];
}
