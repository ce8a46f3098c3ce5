import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { CurrentSessionPipe, SessionRequest } from '../pipes/current-session.pipe.js';

const subjectParameter = createParamDecorator(
  (_nothing: undefined, context: ExecutionContext) => new SessionRequest('subject', context),
);

/**
 * Whoever the request is from, as `ConnectedAccountsService` takes it: the `LoginSession`, or the `ApiCaller` behind
 * `AccessTokenGuard`. Null on a `@Public()` route for somebody unknown.
 */
export const CurrentSubject = (): ParameterDecorator => subjectParameter(undefined, CurrentSessionPipe);
