import { InvalidRequestError } from '../../errors/index.js';
import type { HttpRequest } from './http-request.js';

/**
 * Whether the request means to say by an access token who it is from. Credentials of another scheme, such as those for a
 * proxy in front, name nobody here.
 */
export function namesCaller({ headers: { authorization } }: HttpRequest): boolean {
  return authorization !== undefined && /^(bearer|dpop)(\s|$)/i.test(authorization.toString());
}

/** The one `Authorization` header. @throws InvalidRequestError when there are several: Node would keep the first */
export function authorizationOf(request: HttpRequest): string | undefined {
  const names = (request.raw?.rawHeaders ?? request.rawHeaders ?? []).filter((_, index) => index % 2 === 0);
  const { authorization } = request.headers;
  const several = names.filter((name) => name.toLowerCase() === 'authorization').length > 1;
  if (several || Array.isArray(authorization)) throw new InvalidRequestError('Authorization', 'must not be repeated');
  return authorization;
}
