import { resolveExtras } from '../options/extras.js';
import { resolveOptions } from '../options/resolve-options.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { ResolvedRoutes } from '../options/routes.js';
import { randomToken } from '../shared/random.js';

/** The options as an application would give them. @throws ConfigurationError with every problem */
export function optionsOf(
  environment: Readonly<Record<string, string | undefined>>,
  prefix: string | undefined,
): { options: ResolvedOptions; routes: ResolvedRoutes } {
  const { AUTH0_DOMAIN: domain = '', AUTH0_AUDIENCE: audience, AUTH0_SCOPE: scope } = environment;
  const { routes, problems } = resolveExtras({ routes: prefix === undefined ? undefined : { prefix } });
  const options = resolveOptions(
    {
      domain,
      clientId: environment.AUTH0_CLIENT_ID ?? '',
      clientSecret: environment.AUTH0_CLIENT_SECRET,
      appBaseUrl: environment.APP_BASE_URL ?? '',
      secret: randomToken(), // nothing is stored
      allowInsecureHttp: domain.startsWith('http://'),
      authorizationParams: { ...(audience && { audience }), ...(scope && { scope }) },
    },
    { problems },
  );
  return { options, routes };
}
