import { InvalidRequestError } from '../../errors/index.js';
import type { HttpRequest } from './http-request.js';

const NAME = 'authorization';

/**
 * Whether the request means to say by an access token who it is from. Credentials of another scheme, such as those for a
 * proxy in front, name nobody here.
 */
export function namesCaller({ headers: { authorization } }: HttpRequest): boolean {
  return authorization !== undefined && /^(bearer|dpop)(\s|$)/i.test(authorization.toString());
}

/** The one `Authorization` header. @throws InvalidRequestError when there are several: Node would keep the first */
export function authorizationOf(request: HttpRequest): string | undefined {
  const { authorization } = request.headers;
  if (Array.isArray(authorization) || isRepeated(request.raw?.rawHeaders ?? request.rawHeaders ?? [])) {
    throw new InvalidRequestError('Authorization', 'must not be repeated');
  }
  return authorization;
}

/** @param raw names and values in turn */
function isRepeated(raw: readonly string[]): boolean {
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.length === NAME.length && name.toLowerCase() === NAME) seen += 1;
  }
  return seen > 1;
}
