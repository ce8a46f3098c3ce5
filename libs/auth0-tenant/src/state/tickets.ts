import { randomId } from '../identifiers.js';

/** A connect request under way, from its start at My Account to its completion there. */
export interface ConnectRequest {
  ticket: string;
  authSession: string;
  userId: string;
  clientId: string;
  issuer: string;
  connection: string;
  redirectUri: string;
  state?: string;
  codeChallenge?: string;
  scopes: string[];
  loginHint?: string;
  organization?: string;
  /** Milliseconds. */
  expiresAt: number;
  /** What the user agreed to, once the page was answered. */
  consent?: ConnectConsent;
}

/** The outcome of the consent page. */
export interface ConnectConsent {
  connectCode: string;
  providerAccountId: string;
  scopes: string[];
}

/** Connect requests by ticket and by auth session; both are good once, and for a short time. */
export class Tickets {
  readonly #byTicket = new Map<string, ConnectRequest>();
  readonly #bySession = new Map<string, ConnectRequest>();
  /** Whose every ticket was, used or not, so that its page knows the way back. */
  readonly #clients = new Map<string, string>();

  open(request: Omit<ConnectRequest, 'ticket' | 'authSession' | 'expiresAt'>, lifetimeSeconds: number): ConnectRequest {
    const opened: ConnectRequest = {
      ...request,
      ticket: randomId(32),
      authSession: randomId(48),
      expiresAt: Date.now() + lifetimeSeconds * 1000,
    };
    this.#byTicket.set(opened.ticket, opened);
    this.#bySession.set(opened.authSession, opened);
    this.#clients.set(opened.ticket, opened.clientId);
    return opened;
  }

  /** The request of a ticket that was not used yet. */
  find(ticket: string): ConnectRequest | undefined {
    return live(this.#byTicket.get(ticket));
  }

  /** The client whose ticket this is or was. */
  clientOf(ticket: string): string | undefined {
    return this.#clients.get(ticket);
  }

  /** Uses a ticket up: nobody opens its page again. */
  close(request: ConnectRequest): void {
    this.#byTicket.delete(request.ticket);
  }

  /** Records the consent, which gives the connect code. */
  agree(request: ConnectRequest, consent: Omit<ConnectConsent, 'connectCode'>): string {
    this.close(request);
    request.consent = { ...consent, connectCode: randomId(43) };
    return request.consent.connectCode;
  }

  /** The request of an auth session. */
  session(authSession: string): ConnectRequest | undefined {
    return live(this.#bySession.get(authSession));
  }

  /** Ends a request: its session and code are used up. */
  finish(request: ConnectRequest): void {
    this.close(request);
    this.#bySession.delete(request.authSession);
  }

  /** Ends every request that matches. */
  forget(matches: (request: ConnectRequest) => boolean): void {
    for (const request of [...this.#bySession.values()].filter(matches)) this.finish(request);
  }

  /** Forgets every request. */
  clear(): void {
    this.#byTicket.clear();
    this.#bySession.clear();
    this.#clients.clear();
  }
}

function live(request: ConnectRequest | undefined): ConnectRequest | undefined {
  return request && request.expiresAt > Date.now() ? request : undefined;
}
