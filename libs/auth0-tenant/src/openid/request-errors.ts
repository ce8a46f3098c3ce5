const errorsOfRequests = new WeakMap<object, Error>();

/** Keeps what went wrong at the token endpoint: oidc-provider's answer tells less than the error knows. */
export function rememberError(ctx: { req: object }, error: Error): void {
  errorsOfRequests.set(ctx.req, error);
}

/** What went wrong with a request. */
export function errorOf(ctx: { req: object }): Error | undefined {
  return errorsOfRequests.get(ctx.req);
}
