import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { catchError, throwError, type Observable } from 'rxjs';
import { Auth0ConnectError } from '../../errors/index.js';

/**
 * Says in the header `Retry-After` when to try again (RFC 9110 section 10.2.3), where an error of this library tells it: 429
 * `rate_limited`, 503 `auth0_unavailable`, `storage_unavailable` and `cipher_unavailable`. The library's own routes, guards and parameters do so by themselves; this is for
 * handlers that call the services.
 *
 * @example
 * @UseInterceptors(RetryAfterInterceptor)
 * { provide: APP_INTERCEPTOR, useClass: RetryAfterInterceptor }
 */
@Injectable()
export class RetryAfterInterceptor implements NestInterceptor {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** Passes everything on as it is. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        setRetryAfter(this.host, context, error);
        return throwError(() => error);
      }),
    );
  }
}

/** Those of our errors that pass by themselves. */
type ToBeRetried = Auth0ConnectError & { readonly retryAfterSeconds?: number };

/** Sets the header for whom an error will be answered to. */
export function setRetryAfter({ httpAdapter }: HttpAdapterHost, context: ExecutionContext, error: unknown): void {
  const { retryAfterSeconds: seconds } = error instanceof Auth0ConnectError ? (error as ToBeRetried) : {};
  if (seconds === undefined || context.getType<string>() !== 'http') return;
  const response: unknown = context.switchToHttp().getResponse();
  if (!httpAdapter.isHeadersSent(response)) httpAdapter.setHeader(response, 'Retry-After', String(seconds));
}
