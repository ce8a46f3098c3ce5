/**
 * Parameters of addresses of the library's routes, of Auth0's and of what they lead to whose values are secret or about a person.
 * For whatever takes names of parameters, such as `redactedQueryParamsServer` of OpenTelemetry's HTTP instrumentation.
 */
export const AUTH0_CONNECT_SECRET_PARAMETERS: readonly string[] = Object.freeze([
  'access_token',
  'auth_session',
  'code',
  'code_challenge',
  'code_verifier',
  'connect_code',
  'error_description',
  'id_token',
  'id_token_hint',
  'invitation',
  'login_hint',
  'login_ticket',
  'logout_hint',
  'logout_token',
  'nonce',
  'organization_name',
  'refresh_token',
  'request',
  'request_uri',
  'state',
  'ticket',
]);

const CENSORED = 'REDACTED';
const SECRET = new Set(AUTH0_CONNECT_SECRET_PARAMETERS);

/**
 * What to leave out of a log of requests: the session cookie, access tokens and proofs, and what a query holds. For `redact` of
 * pino and nestjs-pino, and whoever else takes such paths. The query in `req.url` is text: see `redactUrl`.
 * @see https://github.com/pinojs/pino/blob/main/docs/redaction.md
 *
 * @example
 * LoggerModule.forRoot({
 *   pinoHttp: {
 *     redact: [...AUTH0_CONNECT_REDACT],
 *     serializers: { req: (req) => ({ ...req, url: redactUrl(req.url) }) },
 *   },
 * })
 */
export const AUTH0_CONNECT_REDACT: readonly string[] = Object.freeze([
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers.dpop',
  'req.headers.referer',
  ...AUTH0_CONNECT_SECRET_PARAMETERS.map((name) => `req.query.${name}`),
  'res.headers.location',
  'res.headers["set-cookie"]',
]);

/**
 * An address for a log or a span: the values of secret parameters are `REDACTED`, and all else is as it was. Of an address that
 * cannot be read nothing but the path is left.
 * @param url absolute, or a path with its query
 *
 * @example
 * redactUrl('/auth/callback?code=abc&state=def&x=1'); // '/auth/callback?code=REDACTED&state=REDACTED&x=1'
 */
export function redactUrl(url: string): string {
  const at = url.indexOf('?');
  if (at < 0) return url.split('#', 1)[0] ?? '';
  const path = url.slice(0, at);
  const [query = ''] = url.slice(at + 1).split('#', 1);
  return `${path}?${query.split('&').map(redactPair).join('&')}`;
}

function redactPair(pair: string): string {
  const at = pair.indexOf('=');
  return at >= 0 && isSecret(pair.slice(0, at)) ? `${pair.slice(0, at)}=${CENSORED}` : pair;
}

/** As servers read it: `%63ode` is `code`, and so are `code[]` and `code[0]`. */
function isSecret(name: string): boolean {
  try {
    const read = decodeURIComponent(name.replaceAll('+', ' '));
    return SECRET.has(read.replace(/\[.*$/, '').trim().toLowerCase());
  } catch {
    return true;
  }
}
