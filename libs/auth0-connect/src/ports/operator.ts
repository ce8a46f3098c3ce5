/** Who reads the log, and has to know of what is wrong with the set-up, or on the way to Auth0. */
export interface Operator {
  /**
   * Says it once a minute for each code; nothing of an error that is part of a flow.
   * @param host that was asked
   */
  about(error: unknown, host?: string): void;
}

export const OPERATOR = Symbol('auth0-connect:operator');
