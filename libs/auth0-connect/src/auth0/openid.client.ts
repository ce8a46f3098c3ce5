import * as openid from 'openid-client';
import { InvalidAuth0ResponseError } from '../errors/index.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { issuerOf, METADATA_PATH } from '../issuer/issuer.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import type { Auth0Http } from './auth0-http.js';
import { toAuth0Error } from './auth0-errors.js';
import { refusalBehind, refusalIn } from './refusal.js';
import { clientAuthentication } from './client-authentication.js';
import { assertConfigured } from './configured-issuers.js';
import { DpopNonces } from './dpop-nonces.js';
import { dpopHandle } from './dpop-handle.js';
import type { OperatorWarnings } from './operator-warnings.js';
import type { Patience } from './rate-limit.js';

/** Looks at an answer of the token endpoint before openid-client does. */
type AnswerHook = (answer: Record<string, unknown>) => Promise<void>;

/** One call of the token endpoint. @param options with the DPoP handle where the call has a key */
type GrantRequest<T> = (configuration: openid.Configuration, options: openid.DPoPOptions) => Promise<T>;

interface CallOptions {
  /** Proves the possession of this key. */
  readonly dpopKey?: string;
  /** It does no harm where Auth0 has carried it out already, and only the answer was lost. */
  readonly isRepeatable?: boolean;
}

/** The metadata of each domain, discovered at the first need and kept; a failed discovery is tried again. */
export class OpenIdClient {
  private readonly discovered = new Map<string, Promise<openid.Configuration>>();
  /**
   * By the refresh token being spent, which one request at a time does. Not an AsyncLocalStorage: the first use of one
   * slows down every promise of the process for good, on each request of the application.
   */
  readonly #hooks = new Map<string, AnswerHook>();
  private readonly dpopNonces = new DpopNonces();
  readonly #options: ResolvedOptions;

  constructor(
    options: ResolvedOptions,
    private readonly http: Auth0Http,
    /** Undefined: a 429 is an error at once, for a client whose requests are made anew elsewhere. */
    private readonly patience: Patience | undefined,
    readonly warnings: OperatorWarnings,
  ) {
    this.#options = options;
  }

  /** @throws Auth0MisconfiguredError for a domain that is not configured */
  async get(issuerOrigin: string): Promise<openid.Configuration> {
    assertConfigured('discovery', issuerOrigin, this.#options.issuerOrigins);
    const discovery = this.discovered.get(issuerOrigin) ?? this.discoverPatiently(issuerOrigin);
    this.discovered.set(issuerOrigin, discovery);
    try {
      return await discovery;
    } catch (error) {
      this.discovered.delete(issuerOrigin);
      throw this.reported(issuerOrigin, toAuth0Error('discovery', error));
    }
  }

  /** Runs a grant and turns its errors into ours. */
  async call<T>(
    issuerOrigin: string,
    operation: string,
    request: GrantRequest<T>,
    { dpopKey, isRepeatable }: CallOptions = {},
  ): Promise<T> {
    const configuration = await this.get(issuerOrigin);
    const DPoP = dpopKey === undefined ? undefined : await dpopHandle(configuration, dpopKey, this.dpopNonces);
    const once = async (): Promise<T> => {
      try {
        return await request(configuration, { DPoP });
      } catch (error) {
        throw toAuth0Error(operation, error);
      }
    };
    try {
      return await (this.patience ? this.patience.with(operation, once, { isRepeatable }) : once());
    } catch (error) {
      throw this.reported(issuerOrigin, error);
    }
  }

  private reported(issuerOrigin: string, error: unknown): unknown {
    this.warnings.about(error, issuerOrigin);
    return error;
  }

  /** As `call`, for one that spends a refresh token. @param hook sees the answer before it is checked */
  async refreshGrant<T>(
    issuerOrigin: string,
    refreshToken: string,
    request: GrantRequest<T>,
    hook: AnswerHook,
    dpopKey?: string,
  ): Promise<T> {
    this.#hooks.set(refreshToken, hook);
    try {
      return await this.call(issuerOrigin, 'refresh', request, { dpopKey });
    } finally {
      this.#hooks.delete(refreshToken);
    }
  }

  private discoverPatiently(issuerOrigin: string): Promise<openid.Configuration> {
    const once = async (): Promise<openid.Configuration> => {
      try {
        return await this.discover(issuerOrigin);
      } catch (error) {
        throw toAuth0Error('discovery', error);
      }
    };
    return this.patience ? this.patience.with('discovery', once, { isRepeatable: true }) : once();
  }

  private async discover(issuerOrigin: string): Promise<openid.Configuration> {
    const { authentication, metadata } = await clientAuthentication(this.#options.clientAuth);
    const configuration = await openid.discovery(
      new URL(issuerOf(issuerOrigin)),
      this.#options.clientId,
      { ...metadata, [openid.clockTolerance]: LEEWAY_SECONDS },
      authentication,
      {
        timeout: 0, // Auth0Http has one that covers waiting for rate limits too
        execute: [
          // Also from the token endpoint an ID token is believed for its signature, not only for the connection.
          openid.enableNonRepudiationChecks,
          ...(this.#options.insecureHttp ? [openid.allowInsecureRequests] : []),
        ],
        [openid.customFetch]: (url, init) => this.fetch(url, init),
      },
    );
    refuseUnusableEndpoints(configuration.serverMetadata(), this.#options.insecureHttp);
    return configuration;
  }

  private async fetch(url: string, init: openid.CustomFetchOptions): Promise<Response> {
    // Its signal is that of its own time limit, which is none.
    const answer = await this.http
      .fetch(operationOf(url, init), url, { ...(init as RequestInit), signal: null })
      .catch((error: unknown) => {
        throw refusalBehind(error);
      });
    // openid-client would stop at the challenge and leave `error` in the body unread.
    answer.headers.delete('www-authenticate');
    this.dpopNonces.remember(url, answer);
    if (!(init.body instanceof URLSearchParams) || !answer.ok) return answer;
    const json = await jsonOf(answer);
    const refusal = refusalIn(answer.status, json);
    if (refusal) throw refusal;
    await this.#hooks.get(init.body.get('refresh_token') ?? '')?.(json);
    if (!tellsNoExpiry(json)) return answer;
    const { expires_in: _endless, ...rest } = json;
    return Response.json(rest, { status: answer.status, headers: answer.headers });
  }
}

/** What a call that did not get through is called, in errors and in the log. */
function operationOf(url: string, { body }: openid.CustomFetchOptions): string {
  if (body !== undefined && body !== null) return 'token';
  return url.endsWith(METADATA_PATH) ? 'discovery' : 'signing-keys';
}

/** Some say so that a token does not end, or that they do not know; openid-client takes only silence for it. */
function tellsNoExpiry({ expires_in: seconds }: Readonly<Record<string, unknown>>): boolean {
  return seconds === null || (seconds !== undefined && seconds !== '' && Number(seconds) <= 0);
}

/** Those that are used, and so may be named: the names of others are whatever the answer says. */
const KNOWN_ENDPOINTS = new Set([
  'authorization_endpoint',
  'backchannel_authentication_endpoint',
  'end_session_endpoint',
  'pushed_authorization_request_endpoint',
  'revocation_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
]);

/** Browsers are sent to these, and secrets: whoever answers for the domain must not choose `javascript:`. */
function refuseUnusableEndpoints(metadata: openid.ServerMetadata, insecureHttp: boolean): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (!name.endsWith('_endpoint') || value === undefined) continue;
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
    if (url?.protocol === 'https:' || (insecureHttp && url?.protocol === 'http:')) continue;
    const shown = KNOWN_ENDPOINTS.has(name) ? `"${name}"` : 'an endpoint';
    throw new InvalidAuth0ResponseError('discovery', `${shown} is not an address that can be used`);
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
