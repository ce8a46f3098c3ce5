import type { TokenCipher } from '../shared/token-cipher.js';
import type { DomainChoice } from './auth0-connect-options.js';

/** The options with every default filled in and every unit in milliseconds. Frozen; what the inside works with. */
export interface ResolvedOptions {
  /** Which of the instances in this application. */
  readonly instance: string;
  /** The domains as origins, `https://example.eu.auth0.com`; the first one is the default. */
  readonly domains: readonly [string, ...string[]];
  readonly resolveDomain: DomainChoice['resolve'] | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly secrets: readonly string[];
  /** Without a slash at the end. */
  readonly appBaseUrl: string;
  readonly audience: string | undefined;
  readonly scope: string;
  /** The parameters of `/authorize` besides audience and scope. */
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly session: {
    readonly inactivityMs: number;
    readonly absoluteMs: number;
    readonly touchIntervalMs: number;
    readonly maxPerUser: number;
    readonly cookieName: string;
    readonly sameSite: 'lax' | 'strict';
    readonly secure: boolean;
  };
  readonly tokenLeewayMs: number;
  readonly tokenWithoutExpiryMs: number;
  readonly maxTokensPerSession: number;
  readonly timeoutMs: number;
  readonly purgeIntervalMs: number | undefined;
  readonly telemetry: boolean;
  readonly tokenCipher: TokenCipher | undefined;
  readonly insecureHttp: boolean;
}

export const RESOLVED_OPTIONS = Symbol('auth0-connect:options');
export const RESOLVED_ROUTES = Symbol('auth0-connect:routes');
