import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Auth0ConnectError, ConfigurationError, LoginRequiredError } from '../../errors/index.js';
import type { EndedSession, OnSessionEnded } from '../../events/session-ended.js';
import { instanceToken } from '../../nest/decorators/inject.decorators.js';
import { isStandIn } from '../../nest/decorators/stand-in.js';
import { tellSocket } from '../../nest/filters/tell-socket.js';
import type { HttpRequest } from '../../nest/request/http-request.js';
import { Auth0ConnectInstances } from '../../nest/request/instances.js';
import { RequestAuthenticator } from '../../nest/request/request-authenticator.js';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import { LoginSession } from '../../session/login-session.js';
import { ONCE, OnceAMinute } from '../../shared/once-a-minute.js';
import { closeSocket, handshakeOf, onGone, type GatewayClient, type HandshakeRequest } from './socket-client.js';

/** How long a socket outlives a session that another process has ended, or an access token. */
const CHECK_EVERY_MS = 10_000;

/** One that is open, and who it is from. */
interface OpenSocket {
  readonly client: GatewayClient;
  readonly handshake: HttpRequest;
  readonly instance: string;
  readonly subject: LoginSession | ApiCaller;
}

/**
 * The sockets of a gateway, each open for as long as what its handshake brought is good: a session cookie, or an access token
 * (`Authorization`, or `auth: { token }` of socket.io). Provide it beside the gateway. A socket that a page of another origin has
 * opened (`appBaseUrl`, `trustedOrigins`) does not go by the cookie.
 *
 * When a session ends in this process its sockets end at once. Once in 10 seconds one statement says which sessions have ended in
 * another. While the database is away the sockets stay, and every message is refused.
 * @see https://docs.nestjs.com/websockets/gateways
 *
 * @example
 * @WebSocketGateway({ path: '/live' })
 * @UseGuards(SocketGuard)
 * @UseFilters(ErrorMessageFilter)
 * export class LiveGateway implements OnGatewayConnection {
 *   constructor(private readonly sockets: SocketSessions) {}
 *
 *   async handleConnection(client: Socket): Promise<void> {
 *     await this.sockets.accept(client);
 *   }
 * }
 */
@Injectable()
export class SocketSessions implements OnSessionEnded, BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth0Connect');
  private readonly accepted = new WeakMap<object, Promise<OpenSocket>>();
  private readonly open = new Set<OpenSocket>();
  private readonly bySession = new Map<string, Set<OpenSocket>>();
  private readonly hooked = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;
  private readonly saying = new OnceAMinute();

  constructor(
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
    @Inject(ModuleRef) private readonly application: ModuleRef,
  ) {}

  /**
   * To be called by `handleConnection`, before anything else. A client that may not in is told an `exception` with the error's code,
   * and its socket is closed; nothing is thrown.
   * @param client as the gateway is given it
   * @param request with `ws`, the second argument of `handleConnection`
   * @param instance `name` of the module instance. Default: the unnamed one
   * @returns whoever the socket is from; undefined where it has been closed
   */
  async accept(
    client: GatewayClient,
    request?: HandshakeRequest,
    instance = DEFAULT_INSTANCE,
  ): Promise<LoginSession | ApiCaller | undefined> {
    const accepting = this.enter(client, request, instance);
    this.accepted.set(client, accepting);
    try {
      const socket = await accepting;
      return this.open.has(socket) ? socket.subject : undefined;
    } catch (error) {
      this.refuse(client, error);
      return undefined;
    }
  }

  /**
   * Whoever an accepted socket is from, as it is now: a session is read again, which counts as its use.
   * @param instance that of `@Auth0Instance()` at the gateway: a socket of another one is refused
   * @throws LoginRequiredError once the session or the access token has ended; what the acceptance has failed with
   */
  async subjectOf(client: object, instance = DEFAULT_INSTANCE): Promise<LoginSession | ApiCaller> {
    const accepting = this.accepted.get(client);
    if (!accepting) {
      throw new ConfigurationError([
        'a gateway with SocketGuard has to call SocketSessions.accept() in handleConnection',
      ]);
    }
    const socket = await accepting;
    if (instance !== DEFAULT_INSTANCE && instance !== socket.instance) {
      throw new ConfigurationError([
        `a gateway of @Auth0Instance('${instance}') has to name it to SocketSessions.accept()`,
      ]);
    }
    const subject = this.open.has(socket) ? await this.stillThere(socket) : undefined;
    // It may have been closed while the session was read.
    if (subject && this.open.has(socket)) return subject;
    this.end(socket);
    throw ended();
  }

  /** Of the hooks: closes what belongs to a session that has ended here. */
  onSessionEnded({ sessionId }: EndedSession): void {
    for (const socket of this.bySession.get(sessionId) ?? []) this.end(socket);
  }

  /** No statement is under way when the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.checking;
  }

  private async enter(
    client: GatewayClient,
    request: HandshakeRequest | undefined,
    instance: string,
  ): Promise<OpenSocket> {
    let isGone = false;
    let socket: OpenSocket | undefined;
    const gone = (): void => {
      isGone = true;
      if (socket) this.leave(socket);
    };
    onGone(client, gone);
    const handshake = handshakeOf(client, request);
    if (!handshake) {
      throw new ConfigurationError([
        'SocketSessions.accept() needs the second argument of handleConnection, the request',
      ]);
    }
    const subject = await this.authenticatorOf(instance).authenticate(handshake);
    if (!subject) throw new LoginRequiredError();
    socket = { client, handshake, instance, subject };
    if (!isGone) this.watch(socket);
    return socket;
  }

  /** The session as it is now. A proof of an access token is good once: that is asked for its end alone. */
  private async stillThere({
    subject,
    handshake,
    instance,
  }: OpenSocket): Promise<LoginSession | ApiCaller | undefined> {
    if (!(subject instanceof LoginSession)) return this.isOver(subject, instance) ? undefined : subject;
    const now = await this.authenticatorOf(instance).authenticate({ ...handshake });
    return now instanceof LoginSession && now.id === subject.id ? now : undefined;
  }

  private watch(socket: OpenSocket): void {
    const { subject, instance } = socket;
    if (!this.hooked.has(instance)) this.instances.named(instance).hooks.add(this);
    this.hooked.add(instance);
    this.open.add(socket);
    if (subject instanceof LoginSession) {
      const others = this.bySession.get(subject.id) ?? new Set();
      this.bySession.set(subject.id, others.add(socket));
    }
    this.timer ??= setInterval(() => this.check(), CHECK_EVERY_MS).unref();
  }

  private leave(socket: OpenSocket): void {
    const { subject } = socket;
    this.open.delete(socket);
    if (subject instanceof LoginSession) {
      const others = this.bySession.get(subject.id);
      others?.delete(socket);
      if (others?.size === 0) this.bySession.delete(subject.id);
    }
    if (this.open.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    for (const socket of this.open) if (this.isOver(socket.subject, socket.instance)) this.end(socket);
    // One at a time, however long the database takes.
    this.checking ??= Promise.all([...this.hooked].map((instance) => this.endThoseGone(instance)))
      .then(() => undefined)
      .finally(() => (this.checking = undefined));
  }

  /** Never rejects: sockets stay while nobody can say which sessions have ended. */
  private async endThoseGone(instance: string): Promise<void> {
    const sockets = [...this.open].filter((socket) => socket.instance === instance && hasRow(socket.subject));
    const ids = sockets.flatMap(({ subject }) => (subject instanceof LoginSession ? [subject.id] : []));
    if (ids.length === 0) return;
    try {
      const alive = await this.instances.named(instance).sessions.findLiveAmong([...new Set(ids)]);
      for (const socket of sockets) {
        if (socket.subject instanceof LoginSession && !alive.has(socket.subject.id)) this.end(socket);
      }
    } catch (error) {
      if (!this.saying.isDue(instance)) return;
      const reason = error instanceof Auth0ConnectError ? error.message : 'unknown failure';
      this.logger.warn(`Which sessions of open sockets have ended could not be read: ${reason}. ${ONCE}`);
    }
  }

  /** By the clock alone. What a session has been put off to by its use is in the database. */
  private isOver(subject: LoginSession | ApiCaller, instance: string): boolean {
    const until = subject instanceof LoginSession ? subject.record.absoluteExpiresAt : subject.expiresAt.getTime();
    return until <= this.instances.named(instance).clock.now();
  }

  private end(socket: OpenSocket): void {
    if (!this.open.has(socket)) return;
    this.leave(socket);
    this.refuse(socket.client, ended());
  }

  private refuse(client: GatewayClient, error: unknown): void {
    if (!(error instanceof Auth0ConnectError)) this.logger.error(error instanceof Error ? error.stack : String(error));
    const told = error instanceof Auth0ConnectError ? error : undefined;
    if (told) tellSocket(told, client);
    closeSocket(client, told?.code ?? 'internal_error');
  }

  private authenticatorOf(instance: string): RequestAuthenticator {
    return this.application.get<RequestAuthenticator>(instanceToken(RequestAuthenticator, instance), { strict: false });
  }
}

/** A caller has none, and neither has whom a test says to be logged in. */
function hasRow(subject: LoginSession | ApiCaller): boolean {
  return subject instanceof LoginSession && !isStandIn(subject);
}

function ended(): LoginRequiredError {
  return new LoginRequiredError('This session has ended. Log in again');
}
