import { Inject, Injectable } from '@nestjs/common';
import {
  ConnectedAccountsService,
  ConnectionRequiredError,
  InsufficientScopeError,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { providerOf } from '../providers/providers.js';

/** Whether an account still does what it is connected for. */
export interface Health {
  /** `permission`: without something that the app asks for. `unknown`: it could not be told. */
  state: 'working' | 'permission' | 'reconnect' | 'unknown';
  /** What the app asks for and was not given, as scopes. */
  missing: readonly string[];
}

export const UNKNOWN: Health = { state: 'unknown', missing: [] };

/** Asks Token Vault for a token as the pages would: a stored one that is fresh costs nothing. */
@Injectable()
export class AccountHealth {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  /** @param loginHint the account among several of its connection */
  async of(session: LoginSession, connection: string, loginHint?: string): Promise<Health> {
    const { scopes } = providerOf(connection);
    try {
      await this.accounts.getAccessTokenForConnection(session, { connection, loginHint, scopes });
      return { state: 'working', missing: [] };
    } catch (error) {
      if (error instanceof InsufficientScopeError) return { state: 'permission', missing: error.missingScopes };
      if (error instanceof ConnectionRequiredError) return { state: 'reconnect', missing: [] };
      // Whatever else is wrong is not the account's fault.
      return UNKNOWN;
    }
  }
}
