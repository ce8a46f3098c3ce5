import { parseArgs } from 'node:util';

/** What `--help` prints. */
export const HELP = `nestjs-auth0-connect doctor: tells how an application is set up at Auth0, and changes nothing there

  --login                 log in once in a browser, to look at what its refresh token is good for.
                          APP_BASE_URL has to be a loopback address where nothing listens
  --data-source <file>    a JavaScript module that exports a TypeORM DataSource: looks at the tables as well
  --prefix <path>         of the library's routes, with the application's global prefix; default auth
  --json                  one JSON document, and nothing else
  --help

  It reads AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and APP_BASE_URL, and where they are set AUTH0_AUDIENCE and
  AUTH0_SCOPE. It ends with 0 when nothing is wrong, 1 when something is, 2 when it could not look.
`;

/** @throws TypeError for what is no argument */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      login: { type: 'boolean', default: false },
      'data-source': { type: 'string' },
      prefix: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (!values.help && positionals.join(' ') !== 'doctor') throw new TypeError('The one command there is: doctor');
  return values;
}
