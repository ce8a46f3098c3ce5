import type { ArgumentsHost, ExecutionContext, Type } from '@nestjs/common';
import type { UserClaims } from '../session/login-session.js';

/**
 * One authentication by passport, as an execution context of its own that lets go of the real one when it is over.
 *
 * What passport's closures refer to outlives many requests before the memory is reclaimed (V8 moves it to the old
 * generation, with all that hangs on it). The request with its response and its tokens must not hang on it; that halves
 * the time a request spends on garbage. And passport writes half a dozen properties to the request it is given.
 */
export class PassportAttempt implements ExecutionContext {
  /** What passport takes for the request, with the properties it writes. */
  readonly request = {
    user: undefined as UserClaims | undefined,
    authInfo: undefined,
    login: undefined,
    logIn: undefined,
    logout: undefined,
    logOut: undefined,
    isAuthenticated: undefined,
    isUnauthenticated: undefined,
    _sessionManager: undefined,
  };
  private readonly response = {};
  private real: ExecutionContext | undefined;

  constructor(context: ExecutionContext) {
    this.real = context;
  }

  /** The context of the request. */
  get context(): ExecutionContext {
    if (!this.real) throw new TypeError('this authentication is over');
    return this.real;
  }

  release(): void {
    this.real = undefined;
  }

  getClass<T = unknown>(): Type<T> {
    return this.context.getClass<T>();
  }

  getHandler(): ReturnType<ExecutionContext['getHandler']> {
    return this.context.getHandler();
  }

  getArgs<T extends unknown[] = unknown[]>(): T {
    return this.context.getArgs<T>();
  }

  getArgByIndex<T = unknown>(index: number): T {
    return this.context.getArgByIndex<T>(index);
  }

  getType<T extends string = string>(): T {
    return this.context.getType<T>();
  }

  switchToHttp(): ReturnType<ArgumentsHost['switchToHttp']> {
    const { request, response } = this;
    return {
      getRequest: <T>() => request as T,
      getResponse: <T>() => response as T,
      getNext: <T>() => undefined as T,
    };
  }

  switchToRpc(): ReturnType<ArgumentsHost['switchToRpc']> {
    return this.context.switchToRpc();
  }

  switchToWs(): ReturnType<ArgumentsHost['switchToWs']> {
    return this.context.switchToWs();
  }
}
