import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import { Auth0ConnectError } from '../../errors/index.js';
import { messageOf, tellSocket, type SocketClient } from './tell-socket.js';

/**
 * For gateways and message handlers: tells their callers this library's errors as an API would, with `errorCode` and details, where
 * Nest says `Internal server error` of every `HttpException`. A gateway's client gets an `exception`. Over HTTP and GraphQL, where
 * they are told anyway, it changes nothing.
 * @see https://docs.nestjs.com/websockets/exception-filters
 * @see https://docs.nestjs.com/microservices/exception-filters
 *
 * @example
 * @UseFilters(ErrorMessageFilter)
 * @WebSocketGateway()
 */
@Catch(Auth0ConnectError)
export class ErrorMessageFilter extends BaseExceptionFilter {
  /** Nest's hook. */
  override catch(error: Auth0ConnectError, host: ArgumentsHost): Observable<never> | void {
    switch (host.getType<string>()) {
      case 'http':
        return super.catch(error, host);
      case 'ws':
        return tellSocket(error, host.switchToWs().getClient<SocketClient>());
      case 'rpc':
        return throwError(() => messageOf(error));
      default: // Nest goes on with the error of a filter that has done nothing about it.
    }
  }
}
