import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { GUARD_CREDENTIALS } from '../../nest/decorators/route-rules.js';
import { stanceOf } from '../../nest/guards/stance.js';
import { instanceNameOf } from '../../nest/request/instances.js';
import { clientOf } from './socket-client.js';
import { SocketSessions } from './socket-sessions.js';
import { keepSubject } from './socket-subject.decorator.js';

/**
 * Lets a message of a gateway through while the socket's session or access token is good: what is read is the session as it is now, and
 * not as it was at the handshake. The gateway has to call `SocketSessions.accept()` in `handleConnection`; a message that comes before
 * that is done waits for it. `@Public()` opens a handler of a guarded gateway.
 * @see https://docs.nestjs.com/websockets/guards
 *
 * @example
 * @UseGuards(SocketGuard)
 * @WebSocketGateway()
 */
@Injectable()
export class SocketGuard implements CanActivate {
  private readonly stance = stanceOf(this);

  constructor(@Inject(SocketSessions) private readonly sockets: SocketSessions) {}

  /** Nest's hook. @throws LoginRequiredError, and what the handshake was refused with */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.stance(context) !== 'decide') return true;
    if (context.getType() !== 'ws')
      throw new TypeError('SocketGuard is for gateways: elsewhere there are SessionGuard and its like');
    keepSubject(context, await this.sockets.subjectOf(clientOf(context), instanceNameOf(context)));
    return true;
  }
}

// A global SessionGuard steps aside, and scopes that nothing would look at keep the application from starting.
Object.defineProperty(SocketGuard.prototype, GUARD_CREDENTIALS, { value: 'session' });
