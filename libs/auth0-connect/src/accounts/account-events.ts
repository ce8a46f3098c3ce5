import { Happening } from '../events/happening.js';
import type { LoginSession } from '../session/login-session.js';
import type { JsonValue } from '../transactions/transaction.js';
import type { ConnectedAccount } from './connected-account.js';

/** A connect that has succeeded, the first of an account or a later one. */
export interface AccountConnection {
  /** In which it was connected. */
  readonly session: LoginSession;
  /** What is connected now. */
  readonly account: ConnectedAccount;
  /** What was given when the connect was started. */
  readonly appState?: JsonValue;
}

/** An account that was disconnected here. */
export interface AccountDisconnection {
  /** In which it was disconnected. */
  readonly session: LoginSession;
  /** `cac_...` */
  readonly accountId: string;
}

/**
 * An account that gives no token any more: the user took the grant back at the provider, or disconnected it elsewhere. Told
 * when a token is asked for and Auth0 says so.
 */
export interface ReconnectNeed {
  /** `sub` of the user. */
  readonly userId: string;
  /** The Auth0 domain, an origin. */
  readonly domain: string;
  /** The connection's name at Auth0. */
  readonly connection: string;
  /** Which account of the connection was asked for. */
  readonly loginHint?: string;
}

/** Told when an account was connected. */
export interface OnAccountConnected {
  /** Once Auth0 has it. What it throws is logged. */
  onAccountConnected(connection: AccountConnection): unknown;
}

/** Told when an account was disconnected through the library. */
export interface OnAccountDisconnected {
  /** Once Auth0 has forgotten it. What it throws is logged. */
  onAccountDisconnected(disconnection: AccountDisconnection): unknown;
}

/** Told when an account has to be connected again: the place for a mail to somebody who is away. */
export interface OnReconnectNeeded {
  /** Each time Auth0 says so; of many callers at once it is asked, and this told, once. What it throws is logged. */
  onReconnectNeeded(need: ReconnectNeed): unknown;
}

export const ACCOUNT_CONNECTED = new Happening<AccountConnection>('onAccountConnected', 'account.connected');
export const ACCOUNT_DISCONNECTED = new Happening<AccountDisconnection>(
  'onAccountDisconnected',
  'account.disconnected',
);
export const RECONNECT_NEEDED = new Happening<ReconnectNeed>('onReconnectNeeded', 'account.reconnect_needed');
