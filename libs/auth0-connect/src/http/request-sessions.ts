import { Inject, Injectable } from '@nestjs/common';
import { SESSION_READER, type ReadToken, type SessionReader, type SessionWithTokens } from '../accounts/ports.js';
import type { ApiCaller } from '../resource-server/api-caller.js';
import type { LoginSession } from '../session/login-session.js';
import { SessionService } from '../session/session.service.js';
import { digest } from '../shared/digest.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import { ConnectCookies } from './cookies.service.js';
import type { HttpRequest } from './http-request.js';
import { RequestDomains } from './request-domains.js';

/** Who a request is from, and the connection tokens that were read along. */
export interface RequestSubject<Subject = LoginSession | ApiCaller> {
  readonly subject: Subject;
  readonly tokens: ReadonlyMap<string, ReadToken>;
  /** Which tokens were looked for. */
  readonly slots: readonly string[];
}

type Found = MaybePromise<RequestSubject<LoginSession> | undefined>;

/**
 * Where a request carries what was found. A property with a plain name: V8 turns an object with many properties into a
 * slow one for good when another is added under a symbol, and a WeakMap costs every request more.
 */
type Carrier = HttpRequest & { auth0ConnectSession?: Finding };

/** What one instance has found for a request. Its tokens do not show when the request is printed. */
class Finding {
  readonly #finder: RequestSessions;
  readonly #found: Found;
  readonly #earlier: Finding | undefined;

  constructor(finder: RequestSessions, found: Found, earlier: Finding | undefined) {
    this.#finder = finder;
    this.#found = found;
    this.#earlier = earlier;
  }

  get found(): Found {
    return this.#found;
  }

  by(finder: RequestSessions): Finding | undefined {
    return this.#finder === finder ? this : this.#earlier?.by(finder);
  }
}

/** Finds the session of a request once, however many guards and parameters ask for it. */
@Injectable()
export class RequestSessions {
  constructor(
    @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
    @Inject(SESSION_READER) private readonly reader: SessionReader,
    @Inject(RequestDomains) private readonly domains: RequestDomains,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  /** @param slots connection tokens that the handler will ask for, to be read in the same statement */
  find(request: HttpRequest, slots: readonly string[] = []): Found {
    const carrier: Carrier = request;
    const finding = carrier.auth0ConnectSession?.by(this);
    if (finding) return finding.found;
    const found = this.read(request, slots);
    carrier.auth0ConnectSession = new Finding(this, found, carrier.auth0ConnectSession);
    return found;
  }

  private read(request: HttpRequest, slots: readonly string[]): Found {
    const sessionToken = this.cookies.readSessionToken(request);
    if (sessionToken === undefined) return undefined;
    return andThen(this.reader.read(digest(sessionToken), slots), (read) => read && this.admit(request, read, slots));
  }

  private admit(request: HttpRequest, { record, tokens }: SessionWithTokens, slots: readonly string[]): Found {
    return andThen(this.domains.of(request), (domain) => {
      if (record.domain !== domain) return undefined; // a session of one domain is none at another
      return andThen(this.sessions.admit(record), (subject) => subject && { subject, tokens, slots });
    });
  }
}
