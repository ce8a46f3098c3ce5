import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import { clientOf } from './socket-client.js';
import { socketSubjects } from './socket-sessions.js';

/**
 * Of a gateway's handler behind `SocketGuard`: whoever the message is from, a `LoginSession` or an `ApiCaller`, as
 * `ConnectedAccountsService` takes it.
 * @throws TypeError where no `SocketGuard` has let the message through
 *
 * @example
 * @SubscribeMessage('repositories')
 * repositories(@SocketSubject() subject: LoginSession | ApiCaller): Promise<unknown> {}
 */
export const SocketSubject: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): LoginSession | ApiCaller => {
    const subject = socketSubjects.get(clientOf(context));
    if (!subject) throw new TypeError('@SocketSubject() needs SocketGuard at its gateway or handler');
    return subject;
  },
);
