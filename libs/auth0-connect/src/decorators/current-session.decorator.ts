import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { CurrentSessionPipe, SessionRequest } from '../pipes/current-session.pipe.js';

const sessionParameter = createParamDecorator(
  (what: 'session' | 'user', context: ExecutionContext) => new SessionRequest(what, context),
);

/**
 * The `LoginSession` of the request. On a `@Public()` route it is looked up only for this parameter, and is null for
 * somebody who is not logged in; on any other route that is a 401.
 */
export const CurrentSession = (): ParameterDecorator => sessionParameter('session', CurrentSessionPipe);

/** The claims about the logged-in user, `UserClaims`; null on a `@Public()` route for somebody who is not logged in. */
export const CurrentUser = (): ParameterDecorator => sessionParameter('user', CurrentSessionPipe);
