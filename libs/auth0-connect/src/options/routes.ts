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
  /** Default `profile`. */
  profile?: string | false;
  /** Default `connect`; the connection's name follows. */
  connect?: string | false;
  /** Default `accounts`. */
  accounts?: string | false;
  /** Default `connections`. */
  connections?: string | false;
}

/** Paths without a slash at either end, from the application's root; undefined where switched off. */
export interface ResolvedRoutes {
  readonly login?: string;
  readonly callback?: string;
  readonly connectCallback?: string;
  readonly logout?: string;
  readonly profile?: string;
  readonly connect?: string;
  readonly accounts?: string;
  readonly connections?: string;
}

const ROUTES = ['login', 'callback', 'logout', 'profile', 'connect', 'accounts', 'connections'] as const;
const PATH = /^[\w.~-]+(\/[\w.~-]+)*$/;

/** @returns the paths, and what is wrong with the options. */
export function resolveRoutes(options: RoutesOptions | false | undefined): {
  routes: ResolvedRoutes;
  problems: string[];
} {
  if (options === false) return { routes: {}, problems: [] };
  const given = options ?? {};
  const problems: string[] = [];
  const routes: Record<string, string> = {};

  const place = (name: string, path: unknown): void => {
    const full = [given.prefix ?? 'auth', path]
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
    if (name !== 'prefix' && name !== 'connectCallback' && !ROUTES.some((route) => route === name)) {
      problems.push(`routes.${name} is not a route; there are prefix, connectCallback, ${ROUTES.join(', ')}`);
    }
  }
  for (const name of ROUTES) {
    const path = given[name] ?? name;
    if (path !== false) place(name, path);
  }
  if (given.connectCallback !== undefined) place('connectCallback', given.connectCallback);
  return { routes, problems };
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
