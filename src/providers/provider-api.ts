import { Inject, Injectable } from '@nestjs/common';
import {
  ConnectedAccountsService,
  type ApiCaller,
  type GetAccessTokenForConnectionOptions,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { AccountBook } from '../account-book/account-book.js';
import { ProviderUnavailableError, TokenRefusedError } from './provider.errors.js';

const TIMEOUT_MS = 10_000;

/** Calls of a provider's API with the user's access token. */
@Injectable()
export class ProviderApi {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(AccountBook) private readonly book: AccountBook,
  ) {}

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
   * Runs a call with the account that the person has chosen, if they have several of the provider; and once more with a
   * new access token when the provider has refused this one: a token can be revoked while it still looks fresh. Where
   * there is no new one the error says whether to log in or to connect again.
   * @param accessToken of any of the person's accounts of the connection
   */
  async withFreshToken<T>(
    subject: LoginSession | ApiCaller,
    { connection, scopes }: Pick<GetAccessTokenForConnectionOptions, 'connection' | 'scopes'>,
    accessToken: string,
    call: (accessToken: string) => Promise<T>,
  ): Promise<T> {
    const loginHint = await this.book.defaultAddress(subject.userId, connection);
    const tokenOf = async (forceRefresh: boolean): Promise<string> => {
      const wanted = { connection, scopes, loginHint, forceRefresh };
      return (await this.accounts.getAccessTokenForConnection(subject, wanted)).accessToken;
    };
    const answer = await callTwice(loginHint === undefined ? accessToken : await tokenOf(false), tokenOf, call);
    await this.book.noteUse(subject.userId, connection);
    return answer;
  }
}

async function callTwice<T>(
  accessToken: string,
  tokenOf: (forceRefresh: boolean) => Promise<string>,
  call: (accessToken: string) => Promise<T>,
): Promise<T> {
  try {
    return await call(accessToken);
  } catch (error) {
    if (!(error instanceof TokenRefusedError)) throw error;
    return call(await tokenOf(true));
  }
}
