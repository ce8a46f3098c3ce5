import { trimSlashes } from '../shared/trim-slashes.js';

/** Where each controller answers, below `prefix`; `false` switches it off. */
export interface RoutesOptions {
  /** Default `auth`. */
  prefix?: string;
  /** Default `login`. */
  login?: string | false;
  /** Completes logins, and connects too unless they have a callback of their own. Default `callback`. */
  callback?: string | false;
  /** A callback for connects only. Default: they share `callback`. */
  connectCallback?: string;
  /** Default `logout`. */
  logout?: string | false;
  /** Where Auth0 sends logout tokens; enter it as the application's Back-Channel Logout URI. Default `backchannel-logout`. */
  backchannelLogout?: string | false;
  /** Default `profile`. */
  profile?: string | false;
  /** Default `connect`; the connection's name follows, or comes as `?connection=`. */
  connect?: string | false;
  /** Where connect links are opened; the link's id follows. Default `link`. */
  link?: string | false;
  /** A page that closes its window, for `returnTo` of a connect in a pop-up. Default `close`. */
  close?: string | false;
  /** Default `accounts`. */
  accounts?: string | false;
  /** Default `connections`. */
  connections?: string | false;
  /**
   * What callers of the API have to know (RFC 9728), 404 without `apiAudience`. From the application's root, not below
   * `prefix`. Default `.well-known/oauth-protected-resource`, followed by the name of a named instance; an `apiAudience` that is an
   * address of the application has them besides where RFC 9728 section 3.1 puts them.
   */
  protectedResource?: string | false;
  /**
   * Puts the application's own decorators on our controllers, so that its global guards, throttlers and caches treat them as
   * they should: a list for all of them, or a function of the route's name. Default: none.
   *
   * @example
   * decorators: [SetMetadata('isPublic', true)]
   * decorators: (route) => (route === 'backchannelLogout' ? [SkipThrottle()] : [])
   */
  decorators?: readonly ClassDecorator[] | ((route: RouteName) => readonly ClassDecorator[]);
}

/** A route of ours, by the name of its option. */
export type RouteName = keyof ResolvedRoutes;

/** Paths without a slash at either end, from the application's root; undefined where switched off. */
export interface ResolvedRoutes {
  readonly login?: string;
  readonly callback?: string;
  readonly connectCallback?: string;
  readonly logout?: string;
  readonly backchannelLogout?: string;
  readonly profile?: string;
  readonly connect?: string;
  readonly link?: string;
  readonly close?: string;
  readonly accounts?: string;
  readonly connections?: string;
  readonly protectedResource?: string;
}

/** The application's own decorators, for each route. */
export type RouteDecorators = { readonly [Name in RouteName]?: readonly ClassDecorator[] };

const ROUTES = [
  'login',
  'callback',
  'logout',
  'backchannelLogout',
  'profile',
  'connect',
  'link',
  'close',
  'accounts',
  'connections',
] as const;
/** Those with rules of their own. */
const OTHERS = ['prefix', 'connectCallback', 'protectedResource', 'decorators'] as const;
const DEFAULT_PREFIX = 'auth';
/** RFC 9728 section 3. */
export const WELL_KNOWN_RESOURCE = '.well-known/oauth-protected-resource';
/** Of those whose path is not their name. */
const DEFAULT_PATHS: Partial<Record<(typeof ROUTES)[number], string>> = { backchannelLogout: 'backchannel-logout' };
/** Segments of unreserved characters, none of them `.` or `..`. */
const PATH = /^(?!\.{1,2}(\/|$))[\w.~-]+(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/;

/**
 * @param instance the name of the module instance, where it has one
 * @returns the paths, the application's decorators for each, and what is wrong with the options.
 */
export function resolveRoutes(
  options: RoutesOptions | false | undefined,
  instance?: string,
): { routes: ResolvedRoutes; decorators: RouteDecorators; problems: string[] } {
  if (options === false) return { routes: {}, decorators: {}, problems: [] };
  const given = isObject(options) ? options : {};
  const problems: string[] = [];
  const routes: Record<string, string> = {};
  if (options !== undefined && given !== options) {
    problems.push('routes must be an object, such as { prefix, login }, or false');
  }
  const prefix = prefixOf(given.prefix, problems);

  const place = (name: string, path: unknown, before: string = prefix): void => {
    const full = [before, path]
      .map((part) => trimSlashes(String(part)))
      .filter(Boolean)
      .join('/');
    if (typeof path !== 'string' || !PATH.test(full)) {
      problems.push(`routes.${name} must be a path of letters, digits, ".", "_", "~", "-" and "/", or false`);
      return;
    }
    const taken = Object.entries(routes).find(([, other]) => other === full);
    if (taken) problems.push(`routes.${name} and routes.${taken[0]} are the same path "${full}"`);
    routes[name] = full;
  };

  for (const name of Object.keys(given)) {
    if (![...ROUTES, ...OTHERS].some((route) => route === name)) {
      problems.push(`routes.${name} is not a route; there are ${[...OTHERS, ...ROUTES].join(', ')}`);
    }
  }
  for (const name of ROUTES) {
    const path = given[name] ?? DEFAULT_PATHS[name] ?? name;
    if (path !== false) place(name, path);
  }
  if (given.connectCallback !== undefined) place('connectCallback', given.connectCallback);
  const protectedResource = given.protectedResource ?? [WELL_KNOWN_RESOURCE, instance].filter(Boolean).join('/');
  if (protectedResource !== false) place('protectedResource', protectedResource, '');
  const decorators = decoratorsOf(Object.keys(routes) as RouteName[], given.decorators);
  if (!decorators) {
    problems.push('routes.decorators must be a list of decorators, or a function that gives one for a route');
  }
  return { routes, decorators: decorators ?? {}, problems };
}

function prefixOf(given: unknown, problems: string[]): string {
  if (given === undefined) return DEFAULT_PREFIX;
  if (typeof given === 'string' && (trimSlashes(given) === '' || PATH.test(trimSlashes(given)))) return given;
  problems.push('routes.prefix must be a path of letters, digits, ".", "_", "~", "-" and "/"');
  return DEFAULT_PREFIX;
}

/** Undefined where something else is among them. */
function decoratorsOf(names: RouteName[], given: RoutesOptions['decorators'] = []): RouteDecorators | undefined {
  const lists = names.map((name): [RouteName, unknown] => [name, typeof given === 'function' ? given(name) : given]);
  return lists.every((entry): entry is [RouteName, ClassDecorator[]] => isListOfFunctions(entry[1]))
    ? Object.fromEntries(lists)
    : undefined;
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'function');
}

function isObject(value: unknown): value is RoutesOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
