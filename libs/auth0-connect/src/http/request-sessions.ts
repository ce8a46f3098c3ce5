import { Inject, Injectable } from '@nestjs/common';
import { SESSION_READER, type SessionReader } from '../accounts/ports.js';
import type { LoginSession } from '../session/login-session.js';
import { SessionService } from '../session/session.service.js';
import { digest } from '../shared/digest.js';
import type { TokenState } from '../tokens/ports.js';
import { ConnectCookies } from './cookies.service.js';
import type { HttpRequest } from './http-request.js';
import { RequestDomains } from './request-domains.js';

/** A request's session and the connection tokens that were read along with it. */
export interface RequestSession {
  readonly session: LoginSession;
  readonly tokens: Map<string, TokenState>;
}

/** Finds the session of a request once, however many guards and parameters ask for it. */
@Injectable()
export class RequestSessions {
  private readonly found = new WeakMap<HttpRequest, Promise<RequestSession | undefined>>();

  constructor(
    @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
    @Inject(SESSION_READER) private readonly reader: SessionReader,
    @Inject(RequestDomains) private readonly domains: RequestDomains,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  /** @param slots connection tokens that the handler will ask for, to be read in the same statement */
  find(request: HttpRequest, slots: readonly string[] = []): Promise<RequestSession | undefined> {
    let found = this.found.get(request);
    if (!found) {
      found = this.read(request, slots);
      this.found.set(request, found);
    }
    return found;
  }

  private async read(request: HttpRequest, slots: readonly string[]): Promise<RequestSession | undefined> {
    const sessionToken = this.cookies.readSessionToken(request);
    if (sessionToken === undefined) return undefined;
    const read = await this.reader.read(digest(sessionToken), slots);
    // A session of one domain is none at another.
    if (!read || read.record.domain !== (await this.domains.of(request))) return undefined;
    const session = await this.sessions.admit(read.record);
    return session && { session, tokens: new Map(read.tokens) };
  }
}
