import { UnsupportedSubjectError } from '../errors/index.js';
import { ApiCaller } from '../resource-server/api-caller.js';
import { LoginSession } from '../session/login-session.js';
import { digest } from '../shared/digest.js';
import type { TokenKey } from '../tokens/ports.js';

/**
 * A user for whom work is done in the background. Only `WorkerAccountsService` takes one.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
export interface UserSubject {
  /** `sub` of the user. */
  readonly userId: string;
  /** The organization that the work is for, `org_...`. */
  readonly orgId?: string;
  /** Which of the allowed domains. Default: the first. */
  readonly domain?: string;
}

/** On whose behalf a call runs: a browser's login, a caller of the API, or a user for whom work is done in the background. */
export type Subject = LoginSession | ApiCaller | UserSubject;

/**
 * The user of a session or a caller as `WorkerAccountsService` takes it: plain data, for a queue or a table. It holds no token and
 * no authority; whoever can put one into your queue has work done for that user.
 * @throws UnsupportedSubjectError for anything else
 *
 * @example
 * await queue.add('import', { subject: userSubjectOf(session) });
 * // in the worker, with @InjectWorkerAccounts()
 * await accounts.getAccessTokenForConnection(job.data.subject, { connection: 'github' });
 */
export function userSubjectOf(subject: LoginSession | ApiCaller): UserSubject {
  const requester = requesterOf(subject);
  const { orgId, issuerOrigin: domain } = identityOf(requester);
  return { userId: requester.userId, ...(orgId !== undefined && { orgId }), domain };
}

/** A `UserSubject` that was checked. */
export class BackgroundUser {
  constructor(
    readonly userId: string,
    /** An origin. */
    readonly issuerOrigin: string,
    readonly userKey: string,
    readonly orgId: string | undefined,
  ) {}
}

/** A subject that tokens can be fetched for. */
export type TokenSubject = LoginSession | ApiCaller | BackgroundUser;

/** Whose rows a subject's tokens are. */
export function keysOf(subject: TokenSubject): Pick<TokenKey, 'owner' | 'userKey' | 'sessionId'> {
  if (subject instanceof ApiCaller) return { owner: subject.ownerKey, userKey: subject.userKey };
  if (subject instanceof BackgroundUser) {
    const { userKey, orgId } = subject;
    return { owner: digest('background', userKey, orgId ?? ''), userKey };
  }
  return { owner: subject.id, userKey: subject.record.userKey, sessionId: subject.id };
}

/** Who a subject is, whatever it came by: a user at a domain, in an organization or in none. */
export function identityOf(subject: TokenSubject): {
  userKey: string;
  orgId: string | undefined;
  issuerOrigin: string;
} {
  const { orgId } = subject;
  const { userKey, issuerOrigin } = subject instanceof LoginSession ? subject.record : subject;
  return { userKey, orgId, issuerOrigin };
}

/** @throws UnsupportedSubjectError for anybody but a login session, whose refresh token the My Account API needs */
export function sessionOf(subject: Subject): LoginSession {
  if (subject instanceof LoginSession) return subject;
  if (subject instanceof ApiCaller) {
    throw new UnsupportedSubjectError(
      'Connected accounts are managed in a login session. An access token of this API cannot be exchanged for one of My Account: the calling application asks My Account itself',
      { byCaller: true },
    );
  }
  throw notForUsers();
}

/** @throws UnsupportedSubjectError for a user id: nothing shows that whoever sent the request is that user */
export function requesterOf(subject: Subject): LoginSession | ApiCaller {
  if (subject instanceof LoginSession || subject instanceof ApiCaller) return subject;
  throw notForUsers();
}

function notForUsers(): UnsupportedSubjectError {
  return new UnsupportedSubjectError(
    'Pass the LoginSession or the ApiCaller of the request. Work for a user id is done by WorkerAccountsService, which @InjectWorkerAccounts() injects',
  );
}
