import { createParamDecorator } from '@nestjs/common';
import { currentSession } from './current-session.parameter.js';

const parameter = createParamDecorator(currentSession);

/**
 * The `LoginSession` of the request. On a `@Public()` route it is looked up only for this parameter, and is null for
 * somebody who is not logged in; on any other route that is a 401.
 */
export const CurrentSession = (): ParameterDecorator => parameter('session');

/** The claims about the logged-in user, `UserClaims`; null on a `@Public()` route for somebody who is not logged in. */
export const CurrentUser = (): ParameterDecorator => parameter('user');

/**
 * Whoever the request is from, as `ConnectedAccountsService` takes it: the `LoginSession`, or the `ApiCaller` behind
 * `AccessTokenGuard`. Null on a `@Public()` route for somebody unknown.
 */
export const CurrentSubject = (): ParameterDecorator => parameter('subject');
