import type { ExecutionContext } from '@nestjs/common';
import type { ReadToken } from '../../accounts/ports.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import type { Site } from '../../shared/app-urls.js';
import { andThen, begin, type MaybePromise } from '../../shared/maybe-promise.js';
import { applicationOf } from './application.js';
import { operationOf, requestOf, type HttpRequest } from './http-request.js';
import type { Auth0ConnectInstance } from './instances.js';
import type { Route } from './per-handler.js';
import { siteOf } from './request-site.js';
import type { Credentials, FoundSession, RequestSubject } from './request-subject.js';

/** One handler, the subject that a guard has let in to it, and what its strategy made of the user. */
interface Admission {
  readonly handler: unknown;
  readonly controller: unknown;
  /** Undefined for a stranger whom a guard of the application's own has let in. */
  readonly found: RequestSubject | undefined;
  readonly user: unknown;
}

/** What was read for one handler. */
interface CallerTokens {
  readonly subject: ApiCaller;
  readonly tokenIds: readonly string[];
  readonly found: MaybePromise<RequestSubject>;
}

type Admitted = Pick<Admission, 'found' | 'user'>;

const NO_TOKENS: ReadonlyMap<string, ReadToken> = new Map();

/**
 * All that is known of one request at one module instance: its session, its caller, and for whom each handler acts. The
 * credentials are looked at once however many guards and parameters ask; whom a handler acts for is said by the guard
 * that let this handler in, and by nothing else.
 */
export class RequestContext {
  #session: { readonly found: FoundSession } | undefined;
  #caller: MaybePromise<ApiCaller> | undefined;
  #callerTokens: CallerTokens | undefined;
  #admission: Admission | undefined;
  #others: Admission[] | undefined;
  #admittedRequest: Admitted | undefined;
  #admittedSeveral = false;
  #optional: Credentials | undefined;
  readonly #next: RequestContext | undefined;

  constructor(
    readonly instance: Auth0ConnectInstance,
    /** `user` is where passport leaves whom it has let in. */
    readonly request: HttpRequest & { user?: unknown },
    next: RequestContext | undefined,
  ) {
    this.#next = next;
  }

  /** Which of the application's addresses the request came to. @throws InvalidRequestError */
  get site(): Site {
    return siteOf(this.request, this.instance.options);
  }

  /** @param tokenIds connection tokens that the handler will ask for, to be read in the same statement */
  session(tokenIds: readonly string[] = []): FoundSession {
    this.#session ??= { found: this.instance.credentials.findSession(this.request, tokenIds) };
    return this.#session.found;
  }

  /**
   * The caller that the access token names, at once where the token is remembered. A proof is good only once.
   * @throws, never at once, AccessTokenRequiredError, InvalidAccessTokenError, InvalidDpopProofError, InvalidRequestError
   */
  caller(): MaybePromise<ApiCaller> {
    return (this.#caller ??= begin(() => this.instance.credentials.identifyCaller(this.request)));
  }

  /** What a caller's handler asks for, in one statement for all of its parameters. A caller has no other that it could go with. */
  withTokens(subject: ApiCaller, tokenIds: readonly string[]): MaybePromise<RequestSubject> {
    const known = this.#callerTokens;
    if (known?.subject === subject && known.tokenIds === tokenIds) return known.found;
    const found = andThen(this.instance.credentials.readTokens(subject, tokenIds), (tokens) => ({
      subject,
      tokens,
      tokenIds,
    }));
    this.#callerTokens = { subject, tokenIds, found };
    return found;
  }

  /** A guard has let this handler in for a session. */
  admitSession(route: Route, found: RequestSubject, user: unknown): void {
    this.#admit({ handler: route.getHandler(), controller: route.getClass(), found, user });
  }

  /** A guard has let this handler in for a caller of the API. */
  admitCaller(route: Route, subject: ApiCaller, user: unknown): void {
    const found = { subject, tokens: NO_TOKENS, tokenIds: [] };
    this.#admit({ handler: route.getHandler(), controller: route.getClass(), found, user });
  }

  /** A guard of the application's own, which extends one of ours, has let a stranger in. */
  admitStranger(route: Route, user: unknown): void {
    this.#admit({ handler: route.getHandler(), controller: route.getClass(), found: undefined, user });
  }

  /** A guard of passport's, which is none of ours, has let an HTTP request in: it does not say for which handler. */
  admitRequest(subject: LoginSession | ApiCaller, user: unknown): void {
    const found = { subject, tokens: NO_TOKENS, tokenIds: [] };
    const before = this.#admittedRequest;
    this.#admittedRequest = { found, user };
    this.#admittedSeveral ||= before !== undefined && !isSameKind(before, this.#admittedRequest);
    // Guards run from the outside to the handler, and the last one speaks for it.
    this.#admission = undefined;
    this.#others = undefined;
  }

  /**
   * Whom the guard of this handler has let in.
   * @throws TypeError for one of several handlers of a request where passport's own guards have let in two
   */
  admitted(route: Route): Admitted | undefined {
    const is = (admission: Admission | undefined): boolean =>
      admission?.handler === route.getHandler() && admission.controller === route.getClass();
    const here = is(this.#admission) ? this.#admission : this.#others?.find(is);
    const behind = contextOn(this.request)?.at(this.instance);
    return behind && behind !== this ? behind.#forOneOfSeveral(here) : (here ?? this.#admittedRequest);
  }

  /** Passport's own guards know the HTTP request behind an operation, and none of its handlers. */
  #forOneOfSeveral(here: Admitted | undefined): Admitted | undefined {
    const byPassport = this.#admittedRequest;
    const differ = here && byPassport && !isSameKind(here, byPassport);
    if (!differ && !this.#admittedSeveral) return here ?? byPassport;
    throw new TypeError(
      'Guards have let in two, by session and by access token, and AuthGuard() of passport does not say whom for this handler: use SessionGuard and AccessTokenGuard',
    );
  }

  /** What a guard which stepped aside for `@Public()` would have looked at. */
  get optionalCredentials(): Credentials {
    return this.#optional ?? 'session';
  }

  set optionalCredentials(credentials: Credentials) {
    this.#optional = credentials;
  }

  /** Of several guards the one nearest to the handler speaks last. */
  #admit(admission: Admission): void {
    if (this.#admission) {
      const same = ({ handler, controller }: Admission): boolean =>
        handler === admission.handler && controller === admission.controller;
      this.#others = [this.#admission, ...(this.#others ?? [])].filter((other) => !same(other));
    }
    this.#admission = admission;
  }

  /** @internal The context at this instance, among those of several on one carrier. */
  at(instance: Auth0ConnectInstance): RequestContext | undefined {
    return this.instance === instance ? this : this.#next?.at(instance);
  }
}

function isSameKind(one: Admitted, other: Admitted): boolean {
  return one.found?.subject.constructor === other.found?.subject.constructor;
}

/**
 * Where a request carries its context. One property with a plain name: no two of Express' requests have one hidden class,
 * so that each property costs them as much as a guard; a WeakMap costs every request more, and under a symbol V8 makes an
 * object with many properties a slow one for good.
 */
type Carrier = HttpRequest & { auth0ConnectContext?: RequestContext };

/** Of operations that are no requests themselves. */
const operations = new WeakMap<object, RequestContext>();

/**
 * What is known of the request behind a handler, at the instance that the handler names.
 * @throws TypeError for a context without a request, and when the request does not show its application
 */
export function requestContextOf(context: ExecutionContext): RequestContext {
  const operation = operationOf(context);
  const known = contextOn(operation);
  const application = known?.instance.application ?? applicationOf(requestOf(context));
  return contextAt(operation, requestOf(context), application.of(context));
}

/** The same where the instance is known: for guards and controllers, which have dependency injection. */
export function requestContextAt(context: ExecutionContext, instance: Auth0ConnectInstance): RequestContext {
  return contextAt(operationOf(context), requestOf(context), instance);
}

/** The same for an HTTP request by itself. */
export function contextOfRequest(request: HttpRequest, instance: Auth0ConnectInstance): RequestContext {
  return contextAt(request, request, instance);
}

/** For how many milliseconds the session has been that a guard or parameter has found for an HTTP request, if one has. */
export async function ageOfKnownSession(request: HttpRequest): Promise<number | undefined> {
  const known = contextOn(request);
  const found = await known?.session();
  return known && found && known.instance.clock.now() - found.subject.createdAt.getTime();
}

function contextOn(operation: object): RequestContext | undefined {
  return (operation as Carrier).auth0ConnectContext ?? operations.get(operation);
}

function contextAt(operation: object, request: HttpRequest, instance: Auth0ConnectInstance): RequestContext {
  const known = contextOn(operation);
  const here = known?.at(instance);
  if (here) return here;
  const context = new RequestContext(instance, request, known);
  if (operation === request) (request as Carrier).auth0ConnectContext = context;
  else operations.set(operation, context);
  return context;
}
