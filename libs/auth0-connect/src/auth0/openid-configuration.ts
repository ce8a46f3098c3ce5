import { AsyncLocalStorage } from 'node:async_hooks';
import * as openid from 'openid-client';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { issuerOf } from '../shared/domain.js';
import type { Auth0Http } from './auth0-http.js';
import { toAuth0Error } from './auth0-errors.js';

/** Clocks differ: ID tokens are accepted this many seconds early or late. */
const CLOCK_TOLERANCE_SECONDS = 30;

/** Looks at an answer of the token endpoint before openid-client does. */
type AnswerHook = (answer: Record<string, unknown>) => Promise<void>;

/** The metadata of each domain, discovered at the first need and kept; a failed discovery is tried again. */
export class OpenIdConfiguration {
  private readonly discovered = new Map<string, Promise<openid.Configuration>>();
  private readonly hooks = new AsyncLocalStorage<AnswerHook>();

  constructor(
    private readonly options: ResolvedOptions,
    private readonly http: Auth0Http,
  ) {}

  async get(domain: string): Promise<openid.Configuration> {
    const discovery = this.discovered.get(domain) ?? this.discover(domain);
    this.discovered.set(domain, discovery);
    try {
      return await discovery;
    } catch (error) {
      this.discovered.delete(domain);
      throw toAuth0Error('discovery', error);
    }
  }

  /** Runs a grant and turns its errors into ours. @param hook sees the answer before it is checked */
  async grant<T>(
    domain: string,
    operation: string,
    request: (configuration: openid.Configuration) => Promise<T>,
    hook?: AnswerHook,
  ): Promise<T> {
    const configuration = await this.get(domain);
    const run = (): Promise<T> => request(configuration);
    try {
      return await (hook ? this.hooks.run(hook, run) : run());
    } catch (error) {
      throw toAuth0Error(operation, error);
    }
  }

  private discover(domain: string): Promise<openid.Configuration> {
    return openid.discovery(
      new URL(issuerOf(domain)),
      this.options.clientId,
      { client_secret: this.options.clientSecret, [openid.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
      openid.ClientSecretPost(this.options.clientSecret),
      {
        timeout: 0, // Auth0Http has one that covers waiting for rate limits too
        execute: [
          // Also from the token endpoint an ID token is believed for its signature, not only for the connection.
          openid.enableNonRepudiationChecks,
          ...(this.options.insecureHttp ? [openid.allowInsecureRequests] : []),
        ],
        [openid.customFetch]: (url, init) => this.fetch(url, init),
      },
    );
  }

  private async fetch(url: string, init: openid.CustomFetchOptions): Promise<Response> {
    const answer = await this.http.fetch('token', url, init);
    // openid-client would stop at the challenge and leave `error` in the body unread.
    answer.headers.delete('www-authenticate');
    const hook = init.method === 'POST' && answer.ok ? this.hooks.getStore() : undefined;
    if (hook) await hook(await jsonOf(answer));
    return answer;
  }
}

async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    const json: unknown = await answer.clone().json();
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {}; // openid-client says what is wrong with it
  }
}
