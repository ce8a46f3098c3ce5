import type { MyAccountScope } from '../shared/my-account-scopes.js';
import type { TokenCipher } from '../ports/token-cipher.js';
import type { AppBaseUrlChoice, Auth0ConnectOptions, DomainChoice } from './auth0-connect-options.js';
import type { ResolvedApi } from './api-options.js';
import type { ClientAuth } from './client-auth.js';
import type { ScopeRulesByConnection } from './scope-rules.js';
import type { ResolvedWorker } from './worker-options.js';

/** The options with every default filled in and every unit in milliseconds. Frozen; what the inside works with. */
export interface ResolvedOptions extends ResolvedApi {
  /** Which of the instances in this application. */
  readonly instance: string;
  /** The domains as origins, `https://example.eu.auth0.com`; the first one is the default. */
  readonly issuerOrigins: readonly [string, ...string[]];
  readonly resolveDomain: DomainChoice['resolve'] | undefined;
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
  readonly pushedAuthorizationRequests: boolean;
  readonly dpop: boolean;
  readonly secrets: readonly string[];
  /** Where people reach the application, each without a slash at the end; the first one is the default. */
  readonly appBaseUrls: readonly [string, ...string[]];
  readonly resolveAppBaseUrl: AppBaseUrlChoice['resolve'];
  /** Origins of front ends elsewhere. */
  readonly trustedOrigins: readonly string[];
  readonly audience: string | undefined;
  readonly scope: string;
  /** The parameters of `/authorize` besides audience and scope. */
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly session: {
    readonly inactivityMs: number;
    readonly absoluteMs: number;
    readonly touchIntervalMs: number;
    readonly endsWithRefreshToken: boolean;
    readonly maxPerUser: number;
    readonly cookieName: string;
    readonly sameSite: 'lax' | 'strict' | 'none';
    readonly secure: boolean;
  };
  readonly logout: {
    readonly revokeRefreshToken: boolean;
    /** Absolute URLs. */
    readonly allowedReturnTo: readonly string[];
    readonly federated: boolean;
  };
  readonly failedCallbackPage: Auth0ConnectOptions['failedCallbackPage'];
  readonly myAccountScopes: readonly MyAccountScope[];
  readonly trustProxy: boolean;
  readonly backgroundWork: boolean;
  readonly worker: ResolvedWorker | undefined;
  readonly tokenLeewayMs: number;
  readonly tokenWithoutExpiryMs: number;
  readonly scopeRules: ScopeRulesByConnection;
  readonly maxTokensPerSession: number;
  /** 0: off. */
  readonly sessionCacheMs: number;
  /** On PostgreSQL. */
  readonly namedStatements: boolean;
  readonly fetch: Auth0ConnectOptions['fetch'];
  readonly timeoutMs: number;
  readonly purgeIntervalMs: number | undefined;
  readonly telemetry: boolean;
  readonly tokenCipher: TokenCipher | undefined;
  readonly insecureHttp: boolean;
}

export const RESOLVED_OPTIONS = Symbol('auth0-connect:options');
export const RESOLVED_ROUTES = Symbol('auth0-connect:routes');
