import { HttpException } from '@nestjs/common';

/** Facts about an error that are safe to show to whoever made the request. */
export type ErrorDetails = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * Base of every error this library throws on purpose.
 *
 * It is an `HttpException`, so a controller that lets it pass answers with the right status and this body:
 * `{ statusCode, message, errorCode, ...details }`. Neither the message nor the details ever hold a secret or text that
 * came from outside; `cause`, where there is one, never leaves the process.
 */
export abstract class Auth0ConnectError extends HttpException {
  /** Stable, for programs: compare this and not the message. Listed in docs/errors.md. */
  readonly code: string;

  /** What the answer tells besides the message. */
  readonly details: ErrorDetails;

  protected constructor(
    code: string,
    status: number,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown } = {},
  ) {
    const details = options.details ?? {};
    super({ statusCode: status, message, errorCode: code, ...details }, status, {
      cause: options.cause,
      errorCode: code,
    });
    this.code = code;
    this.details = details;
    this.name = new.target.name;
  }
}
