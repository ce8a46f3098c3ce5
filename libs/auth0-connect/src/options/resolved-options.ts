import type { ResolvedAddresses } from './address-options.js';
import type { ResolvedApi } from './api-options.js';
import type { ClientAuth } from './client-auth.js';
import type { ResolvedDomains } from './domain-options.js';
import type { ResolvedLogin } from './login-options.js';
import type { ResolvedLogout } from './logout-options.js';
import type { ResolvedOperation } from './operation-options.js';
import type { ResolvedSession } from './session-options.js';
import type { ResolvedTokens } from './token-options.js';
import type { ResolvedBackgroundWork } from './worker-options.js';

/** The options with every default filled in and every unit in milliseconds. Frozen; what the inside works with. */
export interface ResolvedOptions
  extends
    ResolvedDomains,
    ResolvedAddresses,
    ResolvedLogin,
    ResolvedTokens,
    ResolvedApi,
    ResolvedBackgroundWork,
    ResolvedOperation {
  /** Which of the instances in this application. */
  readonly instance: string;
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
  readonly session: ResolvedSession;
  readonly logout: ResolvedLogout;
}

export const RESOLVED_OPTIONS = Symbol('auth0-connect:options');
export const RESOLVED_ROUTES = Symbol('auth0-connect:routes');
