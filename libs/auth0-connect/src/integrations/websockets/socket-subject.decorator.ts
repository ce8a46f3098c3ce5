import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import { clientOf } from './socket-client.js';

type Subject = LoginSession | ApiCaller;

/** By handler: one without the guard is not to get whom the guard of another has found. */
const found = new WeakMap<object, WeakMap<object, Subject>>();

/** For the decorator, which has no injection. */
export function keepSubject(context: ExecutionContext, subject: Subject): void {
  const client = clientOf(context);
  const ofClient = found.get(client) ?? new WeakMap<object, Subject>();
  found.set(client, ofClient.set(context.getHandler(), subject));
}

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
  (_: unknown, context: ExecutionContext): Subject => {
    const subject = found.get(clientOf(context))?.get(context.getHandler());
    if (!subject) throw new TypeError('@SocketSubject() needs SocketGuard at its gateway or handler');
    return subject;
  },
);
