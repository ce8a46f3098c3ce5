import { InvalidRequestError } from '../../errors/index.js';
import type { HttpRequest } from './http-request.js';

/** Whether the request means to say by an access token who it is from. */
export function hasAuthorization(request: HttpRequest): boolean {
  return request.headers.authorization !== undefined;
}

/** The one `Authorization` header. @throws InvalidRequestError when there are several: Node would keep the first */
export function authorizationOf(request: HttpRequest): string | undefined {
  const names = (request.raw?.rawHeaders ?? request.rawHeaders ?? []).filter((_, index) => index % 2 === 0);
  const { authorization } = request.headers;
  const several = names.filter((name) => name.toLowerCase() === 'authorization').length > 1;
  if (several || Array.isArray(authorization)) throw new InvalidRequestError('Authorization', 'must be there once');
  return authorization;
}
