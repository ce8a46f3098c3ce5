import { InvalidReturnToError } from '../errors/request.errors.js';

/** As it is stored for whoever begins a login, with all that a URL encodes. */
const LONGEST_RETURN_TO = 2048;

/** Where people reach the application, and where else they may be sent from it. */
export interface Site {
  /** Without a slash at the end. */
  readonly appBaseUrl: string;
  /** Origins of front ends elsewhere that belong to the application. */
  readonly trustedOrigins: readonly string[];
}

/**
 * Where a `returnTo` leads that stays within the application: the path, query and fragment and nothing else of it, or an
 * address at a trusted origin.
 * @throws InvalidReturnToError for another origin in any disguise
 */
export function safeReturnTo(returnTo: string, { appBaseUrl, trustedOrigins }: Site): string {
  if (returnTo.length > LONGEST_RETURN_TO) throw new InvalidReturnToError();
  const { origin } = new URL(appBaseUrl);
  const trusted = trustedOrigins.find((other) => returnTo === other || returnTo.startsWith(`${other}/`));
  assertStays(returnTo, trusted ?? origin);
  const url = new URL(returnTo, origin);
  const encoded = `${trusted ?? ''}${url.pathname}${url.search}${url.hash}`;
  if (encoded.length > LONGEST_RETURN_TO) throw new InvalidReturnToError();
  return encoded;
}

/** A proxy or a browser may decode once more than we do: every decoding must stay on the origin. */
function assertStays(returnTo: string, origin: string): void {
  for (let form = returnTo, rounds = 0; ; rounds += 1) {
    if (!staysOnOrigin(form, origin) || rounds > 5) throw new InvalidReturnToError();
    const decoded = decodeOnce(form);
    if (decoded === form) return;
    form = decoded;
  }
}

function staysOnOrigin(value: string, origin: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\\\u0000-\u001f\u007f]/.test(value) || value.startsWith('//')) return false;
  const isPath = value.startsWith('/');
  if (!isPath && !value.startsWith(`${origin}/`) && value !== origin) return false;
  if (!URL.canParse(value, origin)) return false;
  const url = new URL(value, origin);
  return url.origin === origin && !url.username && !url.password && !url.pathname.startsWith('//');
}

/** Decodes the path only: in the query `%0a` or `%5c` is somebody's data and harmless. */
function decodeOnce(value: string): string {
  const end = value.search(/[?#]/);
  const path = end === -1 ? value : value.slice(0, end);
  // ASCII only: whatever else is encoded there, right or wrong, means nothing to a browser.
  const decoded = path.replace(/%[0-7][0-9a-f]/gi, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
  return decoded + (end === -1 ? '' : value.slice(end));
}

/** `url` with parameters added to its query; undefined ones are left out, lists repeated. */
export function withQuery(url: string, parameters: Record<string, string | readonly string[] | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const item of value === undefined ? [] : [value].flat()) query.append(name, item);
  }
  const text = query.toString();
  return text === '' ? url : `${url}?${text}`;
}
