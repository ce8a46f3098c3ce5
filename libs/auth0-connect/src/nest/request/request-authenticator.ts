import { Inject, Injectable } from '@nestjs/common';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import { namesCaller } from './authorization-header.js';
import type { HttpRequest } from './http-request.js';
import type { Auth0ConnectInstance } from './instances.js';
import { ModuleInstance } from './module-instance.js';
import { isSafe, refuseCrossSite } from './navigation.js';
import { contextOfRequest, RequestContext } from './request-context.js';

/**
 * Says who a request is from, as our guards find it: for a gateway, a transport, a middleware, a guard of the application's own.
 * Behind a guard of ours `subjectOf(context)` says whom it has let in.
 */
@Injectable()
export class RequestAuthenticator {
  /** Hidden from logs: it leads to all of the application. */
  readonly #instance: Auth0ConnectInstance;

  constructor(@Inject(ModuleInstance) instance: ModuleInstance) {
    this.#instance = instance;
  }

  /**
   * The caller that the access token names, where the request brings one and `apiAudience` is set: then no cookie counts. Else the
   * session of its cookie; undefined for somebody who is not logged in, or whose session has ended.
   *
   * The same object is asked about once, so that a DPoP proof is not used up before a guard sees it. The upgrade of a socket is
   * looked at anew each time: it stays, and the session may have ended since.
   * @param request Express', Fastify's or Node's own, or any object of `headers`, `method` and `originalUrl`
   * @throws InvalidAccessTokenError, InvalidDpopProofError, InvalidRequestError for credentials that are no good
   * @throws CrossSiteRequestError for a socket, or a change by cookie, that another site's page has set off
   *
   * @example
   * const subject = await authenticator.authenticate(client.handshake.request);
   * if (!subject) throw new WsException('Log in first');
   */
  async authenticate(
    request: Pick<HttpRequest, 'headers' | 'method'> & Partial<HttpRequest>,
  ): Promise<LoginSession | ApiCaller | undefined> {
    const known = this.contextOf(request as HttpRequest);
    if (this.#instance.options.apiAudience !== undefined && namesCaller(known.request)) return known.caller();
    if (!isSafe(known.request)) refuseCrossSite(known.request, known.site);
    return (await known.session())?.subject;
  }

  private contextOf(request: HttpRequest): RequestContext {
    const isKept = request.headers.upgrade === undefined && Object.isExtensible(request);
    return isKept ? contextOfRequest(request, this.#instance) : new RequestContext(this.#instance, request, undefined);
  }
}
