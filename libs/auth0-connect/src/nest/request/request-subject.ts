import type { ReadToken } from '../../accounts/ports.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';

/** Who a request is from, and the connection tokens that were read along. */
export interface RequestSubject<Subject = LoginSession | ApiCaller> {
  readonly subject: Subject;
  readonly tokens: ReadonlyMap<string, ReadToken>;
  /** Which tokens were looked for. */
  readonly tokenIds: readonly string[];
}

/** Undefined for a request without a live session. */
export type FoundSession = MaybePromise<RequestSubject<LoginSession> | undefined>;

/** By what a guard lets a request in. */
export type Credentials = 'session' | 'token' | 'either';
