import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { GUARDS_SOCKETS } from '../../nest/decorators/route-rules.js';
import { clientOf } from './socket-client.js';
import { SocketSessions, socketSubjects } from './socket-sessions.js';

/**
 * Lets a message of a gateway through while the socket's session or access token is good: what is read is the session as it is now, and
 * not as it was at the handshake. The gateway has to call `SocketSessions.accept()` in `handleConnection`; a message that comes before
 * that is done waits for it. Global guards of ours leave its messages to it.
 * @see https://docs.nestjs.com/websockets/guards
 *
 * @example
 * @UseGuards(SocketGuard)
 * @WebSocketGateway()
 */
@Injectable()
export class SocketGuard implements CanActivate {
  constructor(@Inject(SocketSessions) private readonly sockets: SocketSessions) {}

  /** Nest's hook. @throws LoginRequiredError, and what the handshake was refused with */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'ws')
      throw new TypeError('SocketGuard is for gateways: elsewhere there are SessionGuard and its like');
    const client = clientOf(context);
    socketSubjects.set(client, await this.sockets.subjectOf(client));
    return true;
  }
}

Object.defineProperty(SocketGuard.prototype, GUARDS_SOCKETS, { value: true });
