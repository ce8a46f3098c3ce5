import { Inject, Injectable } from '@nestjs/common';
import { SESSION_READER, type SessionReader, type SessionWithTokens } from '../accounts/ports.js';
import type { LoginSession } from '../session/login-session.js';
import { SessionService } from '../session/session.service.js';
import { digest } from '../shared/digest.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import type { TokenState } from '../tokens/ports.js';
import { ConnectCookies } from './cookies.service.js';
import type { HttpRequest } from './http-request.js';
import { RequestDomains } from './request-domains.js';

/** A request's session and the connection tokens that were read along with it. */
export interface RequestSession {
  readonly session: LoginSession;
  readonly tokens: Map<string, TokenState>;
}

type Found = MaybePromise<RequestSession | undefined>;

/** Finds the session of a request once, however many guards and parameters ask for it. */
@Injectable()
export class RequestSessions {
  /** Where a request carries what was found. Each instance has its own; a WeakMap costs every request more. */
  private readonly found = Symbol('auth0-connect:request-session');

  constructor(
    @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
    @Inject(SESSION_READER) private readonly reader: SessionReader,
    @Inject(RequestDomains) private readonly domains: RequestDomains,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  /** @param slots connection tokens that the handler will ask for, to be read in the same statement */
  find(request: HttpRequest, slots: readonly string[] = []): Found {
    const carrier = request as HttpRequest & { [found: symbol]: { result: Found } | undefined };
    return (carrier[this.found] ??= { result: this.read(request, slots) }).result;
  }

  private read(request: HttpRequest, slots: readonly string[]): Found {
    const sessionToken = this.cookies.readSessionToken(request);
    if (sessionToken === undefined) return undefined;
    return andThen(this.reader.read(digest(sessionToken), slots), (read) => read && this.admit(request, read));
  }

  private admit(request: HttpRequest, { record, tokens }: SessionWithTokens): Found {
    return andThen(this.domains.of(request), (domain) => {
      if (record.domain !== domain) return undefined; // a session of one domain is none at another
      return andThen(this.sessions.admit(record), (session) => session && { session, tokens });
    });
  }
}
