import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { Auth0ConnectError } from '../../errors/index.js';

/**
 * Hands this library's errors on to whoever has sent a message: `{ status: 'error', statusCode, message, errorCode, ... }`, the
 * body that HTTP would have, `connectUrl` included. Without it Nest answers every one of them "Internal server error".
 * @see https://docs.nestjs.com/microservices/exception-filters
 *
 * @example
 * @UseFilters(Auth0ConnectRpcFilter)   // a handler or a controller
 * app.useGlobalFilters(new Auth0ConnectRpcFilter());   // of a microservice
 */
@Catch(Auth0ConnectError)
export class Auth0ConnectRpcFilter implements RpcExceptionFilter<Auth0ConnectError> {
  /** Nest's hook. */
  catch(error: Auth0ConnectError): Observable<never> {
    return throwError(() => ({ status: 'error', ...(error.getResponse() as object) }));
  }
}
