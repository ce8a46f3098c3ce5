/** Names of our own: an application may have an `error` parameter itself. */
const ERROR = 'auth0_connect_error';
const CONNECTION = 'auth0_connect_connection';

/** The address of a page that is told what has failed. */
export function withFailure(page: string, { code, connection }: { code: string; connection?: string }): string {
  return changed(withoutFailure(page), (parameters) => {
    parameters.set(ERROR, code);
    if (connection !== undefined) parameters.set(CONNECTION, connection);
  });
}

/** The same page, as if nothing had failed: what an earlier attempt came to is not said of a later one. */
export function withoutFailure(page: string): string {
  if (!page.includes(ERROR) && !page.includes(CONNECTION)) return page;
  return changed(page, (parameters) => {
    parameters.delete(ERROR);
    parameters.delete(CONNECTION);
  });
}

/** By the query alone: the rest of what was asked for need not be an address. */
export function tellsOfFailure(address: string): boolean {
  const start = address.indexOf('?');
  return start !== -1 && new URLSearchParams(address.slice(start)).has(ERROR);
}

function changed(page: string, change: (parameters: URLSearchParams) => void): string {
  const isPath = page.startsWith('/');
  const url = new URL(page, 'http://localhost');
  change(url.searchParams);
  return isPath ? `${url.pathname}${url.search}${url.hash}` : url.href;
}
