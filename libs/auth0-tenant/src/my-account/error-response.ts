import type { Context } from '../http/context.js';

/** One complaint about a request. */
export interface ValidationError {
  detail: string;
  field?: string;
  pointer?: string;
  source?: string;
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
};

/** A refusal of the My Account API. */
export class MyAccountError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly validationErrors?: ValidationError[],
    /** Headers that belong to the refusal, e.g. `www-authenticate`. */
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
    this.name = 'MyAccountError';
  }

  /** The documented ErrorResponse. */
  get body(): Record<string, unknown> {
    return errorResponse(this.status, this.detail, this.validationErrors);
  }
}

/** The documented ErrorResponse of a status. */
export function errorResponse(status: number, detail: string, errors?: ValidationError[]): Record<string, unknown> {
  return {
    type: `https://auth0.com/api-errors/A0E-${status}-0001`,
    status,
    title: TITLES[status] ?? 'Error',
    detail,
    ...(errors ? { validation_errors: errors } : undefined),
  };
}

/** Answers with a refusal. */
export function sendError(ctx: Context, error: MyAccountError): void {
  ctx.status = error.status;
  ctx.set(error.headers);
  ctx.body = error.body;
}
