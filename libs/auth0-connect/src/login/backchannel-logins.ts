import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import {
  BackchannelRequests,
  type BackchannelLoginOptions,
  type PendingBackchannelLogin,
} from './backchannel-requests.js';
import { resolveTarget } from './login-request.js';
import type { LoginResponse } from './ports.js';
import { SessionStarter, type StartedSession } from './session-starter.js';

/** How far a login is that waits for approval. */
export type BackchannelLoginOutcome =
  | ({
      /** The person has approved. */
      status: 'completed';
    } & StartedSession)
  | {
      /** Not yet. */
      status: 'pending';
      /** Ask again after its `intervalSeconds`, with this one. */
      login: PendingBackchannelLogin;
    };

/**
 * Login without a browser: the person approves on a device of their own.
 * @see https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html
 */
@Injectable()
export class BackchannelLogins {
  constructor(
    @Inject(BackchannelRequests) private readonly requests: BackchannelRequests,
    @Inject(SessionStarter) private readonly starter: SessionStarter,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Asks the person, and waits until they have answered. */
  async login(options: BackchannelLoginOptions, { signal }: { signal?: AbortSignal } = {}): Promise<StartedSession> {
    const { login, response } = await this.requests.untilApproved(options, { signal });
    return this.begin(login, response);
  }

  start(options: BackchannelLoginOptions): Promise<PendingBackchannelLogin> {
    return this.requests.start(options);
  }

  async complete(login: PendingBackchannelLogin): Promise<BackchannelLoginOutcome> {
    const answer = await this.requests.ask(login);
    if (answer.status === 'pending') return answer;
    return { status: 'completed', ...(await this.begin(login, answer.response)) };
  }

  private begin(login: PendingBackchannelLogin, response: LoginResponse): Promise<StartedSession> {
    const { issuerOrigin, audience, scope, organization } = resolveTarget(login, this.options);
    return this.starter.begin({ issuerOrigin, audience, scope, organization, method: 'backchannel' }, response);
  }
}
