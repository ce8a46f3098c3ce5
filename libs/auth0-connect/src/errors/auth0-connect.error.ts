import { HttpException } from '@nestjs/common';

/** Facts about an error that are safe to show to whoever made the request. */
export type ErrorDetails = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** What an error tells in a GraphQL answer. */
export type ErrorExtensions = ErrorDetails & {
  /** The code, as in `errorCode` of an HTTP answer. */
  readonly errorCode: string;
};

/** What a callback completes: the person, and where they came from. */
export interface CallbackOrigin {
  /** What had been started. */
  readonly kind: 'login' | 'connect';
  /** Where the person wanted to go, a path of the application. */
  readonly returnTo: string;
  /** What was to be connected. */
  readonly connection?: string;
  /** What was given when it was started. */
  readonly appState?: unknown;
}

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

  /** Where the error ended a login or connect that was found by its `state`: what had been started. */
  readonly callback?: CallbackOrigin;

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

  /** What GraphQL servers tell beside the message: the same as the body of an answer. */
  get extensions(): ErrorExtensions {
    return { errorCode: this.code, ...this.details };
  }
}
