import type { MyAccountScope } from '../shared/my-account-scopes.js';
import type { TokenCipher } from '../ports/token-cipher.js';
import type { AppBaseUrlChoice, FailedCallback } from './address-options.js';
import type { ApiClientOptions, DpopPolicy } from './api-options.js';
import type { ClientAuthOptions } from './client-auth.js';
import type { DomainChoice } from './domain-options.js';
import type { AuthorizationParams } from './login-options.js';
import type { LogoutOptions } from './logout-options.js';
import type { RoutesOptions } from './routes.js';
import type { ScopeRulesByConnection } from './scope-rules.js';
import type { SessionOptions } from './session-options.js';
import type { WorkerOptions } from './worker-options.js';

/** Options of `Auth0ConnectModule.forRoot`. Every problem in them is reported at start-up, all in one error. */
export interface Auth0ConnectOptions {
  /**
   * The tenant's domain, static or custom: `example.eu.auth0.com`. Several custom domains of one tenant are chosen
   * from by request; a session belongs to the domain it was begun at and is none at another.
   */
  domain: string | DomainChoice;
  /** The application in Auth0 that people log in to. */
  clientId: string;
  /** Left out where `clientAuth` chooses a method that does without one. */
  clientSecret?: string;
  /** How the application authenticates at Auth0, in every call. Default: `clientSecret` in the body. */
  clientAuth?: ClientAuthOptions;
  /**
   * Sends the parameters of a login to Auth0 directly (PAR, RFC 9126): the browser carries none of them. Default false.
   * Needs Pushed Authorization Requests in the tenant.
   */
  pushedAuthorizationRequests?: boolean;
  /**
   * Binds the tokens of a session to a key of its own (DPoP, RFC 9449), so that a stolen one is worth nothing. Default
   * false. Applies to sessions begun from then on; those that are there stay as they are.
   */
  dpop?: boolean;
  /**
   * Seals what is stored. At least 32 characters of a random source (`openssl rand -hex 32`). A list rotates it: the
   * first seals, all open.
   */
  secret: string | readonly string[];
  /**
   * Where people reach the application, without the route: `https://app.example.com`. Several addresses, as a list or with
   * a choice, share the sessions' tables and nothing else: cookies, redirect addresses, DPoP's `htu` and metadata follow
   * the one that the request came to.
   */
  appBaseUrl: string | readonly string[] | AppBaseUrlChoice;
  /**
   * Origins of front ends elsewhere that belong to the application, such as `https://app.example.com` beside an
   * `appBaseUrl` of `https://api.example.com`: a login may return there, and their scripts may log out, disconnect
   * accounts and post. Exact, https outside of loopback; CORS is the application's own. Default: none.
   */
  trustedOrigins?: readonly string[];
  /** Parameters of `/authorize` that every login sends. */
  authorizationParams?: AuthorizationParams;
  /** How long a login lasts and what its cookie looks like. */
  session?: SessionOptions;
  /** What a logout does besides ending the session here. */
  logout?: LogoutOptions;
  /**
   * Where a person goes on whose login or connect has failed: a path of the application, or a function that gives one for
   * this failure. The page is told by the query what has failed: `auth0_connect_error`, a code of docs/errors.md, and
   * `auth0_connect_connection`. Default: the page that the person came from, where it is known, else the application's
   * root. A program gets the error itself.
   */
  failedCallbackPage?: string | ((failure: FailedCallback) => string | undefined);
  /**
   * What a token for the My Account API is asked for with. Default: the three connected-accounts scopes, so that one
   * refresh serves every operation. With fewer, an operation that needs another one asks for it as well.
   */
  myAccountScopes?: readonly MyAccountScope[];
  /**
   * Makes the application an API too: `AccessTokenGuard` takes access tokens whose `aud` has this. It is the API's
   * identifier in Auth0. Default: none is taken.
   */
  apiAudience?: string;
  /** Exchanges a caller's access token for the tokens of the caller's connected accounts. Default: that is not possible. */
  apiClient?: ApiClientOptions;
  /** Access tokens bound to a key (DPoP, RFC 9449). Default `allowed`: they come with a proof, and others without. */
  apiDpop?: DpopPolicy;
  /**
   * The scopes of the API that callers may ask Auth0 for: `scopes_supported` of the metadata (RFC 9728) and `scope` of a 401, by
   * which an MCP client knows what to ask for. Default: neither says any.
   */
  apiScopes?: readonly string[];
  /**
   * Believes `X-Forwarded-Proto` and `X-Forwarded-Host` when it compares a DPoP proof with the address of the request.
   * Only behind a proxy that sets both on every request: a caller can write anything into them. Default false:
   * `appBaseUrl` is where requests come to.
   */
  trustProxy?: boolean;
  /**
   * Lets tokens that background work has fetched stay when the last session of their user has ended. Default false,
   * unless there is a `worker`.
   */
  backgroundWork?: boolean;
  /** Fetches tokens for background work without any session of the user (privileged worker). */
  worker?: WorkerOptions;
  /**
   * Errors that say to connect an account (`connection_required`, `insufficient_scope`) have a connect link in `connectUrl` where
   * they are for a caller of the API or for background work: it may be opened from anywhere, where the connect route needs a
   * session in the browser that opens it. Further errors for the same need give the same link while it is pending. Default false.
   */
  connectLinksInErrors?: boolean;
  /** An access token with less than this left counts as expired. Default 60 seconds. */
  tokenLeewaySeconds?: number;
  /**
   * How long a provider's token that comes without an expiry is kept before it is exchanged anew. Default 0 seconds:
   * it is handed to those who wait for it and not stored.
   */
  tokenWithoutExpirySeconds?: number;
  /**
   * How providers name in their answers what they were asked for, by connection. Default: what is known of Google, Microsoft,
   * GitHub and Slack.
   */
  scopeRules?: ScopeRulesByConnection;
  /** Provider and API tokens kept for one session; the least recently obtained go first. Default 100. */
  maxTokensPerSession?: number;
  /**
   * Keeps what the database says of a session, and its opened connection tokens, in this process for so long. Faster,
   * and a logout or disconnect in another process is seen only when the time is over. Default 0 seconds: off.
   */
  sessionCacheSeconds?: number;
  /**
   * Prepares the statements of every request by name on PostgreSQL, so that each connection plans them once. Default true;
   * false for a pooler that hands a connection on after each statement and does not keep names (PgBouncer before 1.21 in
   * transaction mode). Where names turn out to be refused the library does without them by itself, until the next start.
   * Other databases have no names.
   */
  namedStatements?: boolean;
  /**
   * Sends every call to Auth0, as the global `fetch` would: by a proxy, with authorities or a certificate of one's own. It
   * follows no redirect where it is told `redirect: 'manual'`, and stops when its `signal` says so. With `tls_client_auth`
   * it is what presents the certificate. Default: the global `fetch`.
   */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * Limit for every call to Auth0, waiting for a rate limit included, and for each answer of the database. Default 10 000
   * milliseconds.
   */
  timeoutMs?: number;
  /** Expired rows are removed this often, in batches. Default 600 seconds; `false` leaves it to the application. */
  purgeIntervalSeconds?: number | false;
  /** Sends the `Auth0-Client` header with the library's name and version, as Auth0's SDKs do. Default true. */
  telemetry?: boolean;
  /** Seals what is stored in place of AES-256-GCM under `secret`: a KMS, an HSM. */
  tokenCipher?: TokenCipher;
  /** Accepts an `http://` domain, on a loopback address only. For development and tests. */
  allowInsecureHttp?: boolean;
}

/** What has to be known before Nest wires the module: given beside `useFactory`, not returned by it. */
export interface Auth0ConnectExtras {
  /**
   * Tells several instances in one application apart: each has its own tenant or client, cookies, routes and rows.
   * Default: the unnamed one, which `@Auth0Instance` need not name.
   */
  name?: string;
  /** Moves the controllers or switches them off. */
  routes?: RoutesOptions | false;
  /** Name of the TypeORM data source that holds the entities. Default: the unnamed one. */
  dataSourceName?: string;
  /** Whether guards, decorators and services can be used without importing the module again. Default true. */
  isGlobal?: boolean;
}

/** For `forRootAsync({ useClass })` and `({ useExisting })`. */
export interface Auth0ConnectOptionsFactory {
  /** Asked once, when the module starts. */
  createAuth0ConnectOptions(): Promise<Auth0ConnectOptions> | Auth0ConnectOptions;
}
