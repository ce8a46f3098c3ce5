import { Inject, Injectable } from '@nestjs/common';
import { SESSION_READER, type ReadToken, type SessionReader, type SessionWithTokens } from '../../accounts/ports.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import { SessionService } from '../../session/session.service.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { ConnectCookies } from './cookies.service.js';
import type { HttpRequest } from './http-request.js';
import { RequestDomains } from './request-domains.js';
import { RequestNote } from './request-context.js';

/** Who a request is from, and the connection tokens that were read along. */
export interface RequestSubject<Subject = LoginSession | ApiCaller> {
  readonly subject: Subject;
  readonly tokens: ReadonlyMap<string, ReadToken>;
  /** Which tokens were looked for. */
  readonly slots: readonly string[];
}

type Found = MaybePromise<RequestSubject<LoginSession> | undefined>;

/** Finds the session of a request once, however many guards and parameters ask for it. */
@Injectable()
export class RequestSessions {
  private readonly found = new RequestNote<{ readonly session: Found }>();

  constructor(
    @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
    @Inject(SESSION_READER) private readonly reader: SessionReader,
    @Inject(RequestDomains) private readonly domains: RequestDomains,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  /** @param slots connection tokens that the handler will ask for, to be read in the same statement */
  find(request: HttpRequest, slots: readonly string[] = []): Found {
    const known = this.found.get(request);
    if (known) return known.session;
    const session = this.read(request, slots);
    this.found.set(request, { session });
    return session;
  }

  private read(request: HttpRequest, slots: readonly string[]): Found {
    const sessionToken = this.cookies.readSessionToken(request);
    if (sessionToken === undefined) return undefined;
    return andThen(this.reader.read(sessionToken, slots), (read) => read && this.admit(request, read, slots));
  }

  private admit(request: HttpRequest, { record, tokens }: SessionWithTokens, slots: readonly string[]): Found {
    return andThen(this.domains.of(request), (domain) => {
      if (record.issuerOrigin !== domain) return undefined; // a session of one domain is none at another
      return andThen(this.sessions.admit(record), (subject) => subject && { subject, tokens, slots });
    });
  }
}
