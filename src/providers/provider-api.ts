import { Inject, Injectable } from '@nestjs/common';
import {
  ConnectedAccountsService,
  type ApiCaller,
  type GetAccessTokenForConnectionOptions,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { ProviderUnavailableError, TokenRefusedError } from './provider.errors.js';

const TIMEOUT_MS = 10_000;

/** Calls of a provider's API with the user's access token. */
@Injectable()
export class ProviderApi {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  /**
   * @returns the JSON of the answer, of which nothing is certain yet
   * @throws TokenRefusedError, ProviderUnavailableError
   */
  async get(url: string, accessToken: string): Promise<unknown> {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(url, {
        headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json', 'user-agent': 'sample-app' },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      body = await response.json();
    } catch (error) {
      throw new ProviderUnavailableError({ cause: error });
    }
    if (response.status === 401) throw new TokenRefusedError();
    if (!response.ok) throw new ProviderUnavailableError({ cause: new Error(`status ${response.status}`) });
    return body;
  }

  /**
   * Runs a call, and once more with a new access token when the provider has refused this one: a token can be revoked
   * while it still looks fresh. Where there is no new one the error says whether to log in or to connect again.
   */
  async withFreshToken<T>(
    subject: LoginSession | ApiCaller,
    wanted: Pick<GetAccessTokenForConnectionOptions, 'connection' | 'scopes'>,
    accessToken: string,
    call: (accessToken: string) => Promise<T>,
  ): Promise<T> {
    try {
      return await call(accessToken);
    } catch (error) {
      if (!(error instanceof TokenRefusedError)) throw error;
      const fresh = await this.accounts.getAccessTokenForConnection(subject, { ...wanted, forceRefresh: true });
      return call(fresh.accessToken);
    }
  }
}
