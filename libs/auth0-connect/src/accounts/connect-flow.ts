import { Inject, Injectable } from '@nestjs/common';
import {
  AccountConflictError,
  Auth0ConnectError,
  Auth0RefusedError,
  AuthorizationDeniedError,
  InvalidAuth0ResponseError,
  InvalidCallbackError,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import type { LoginSession } from '../session/login-session.js';
import { siteFor } from '../options/site.js';
import { Hooks } from '../events/hooks.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { OPERATOR, type Operator } from '../ports/operator.js';
import { safeReturnTo } from '../shared/app-urls.js';
import { digest } from '../shared/digest.js';
import { codeChallengeOf } from '../shared/pkce.js';
import { randomToken } from '../shared/random.js';
import { parseCallback, type Callback } from '../transactions/callback.js';
import type { ConnectTransaction, JsonValue } from '../transactions/transaction.js';
import { Transactions } from '../transactions/transactions.js';
import { ACCOUNT_CONNECTED } from './account-events.js';
import { checkConnection, checkRedirectUri, checkScopes } from './check-input.js';
import type { ConnectedAccount } from './connected-account.js';
import { CONSENT_MS } from './connect-link.js';
import { ConnectLinks } from './connect-links.js';
import { ConnectionScopes } from './connection-scopes.js';
import { MyAccountTokens } from './my-account-tokens.js';
import { CONNECTION_TOKEN_STORE, MY_ACCOUNT_API, type ConnectionTokenStore, type MyAccountApi } from './ports.js';

/**
 * What to connect, and how to ask the provider for it.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/connected-accounts-for-token-vault
 */
export interface StartConnectAccountOptions {
  /** The connection's name at Auth0, such as `google-oauth2`. */
  connection: string;
  /** Where Auth0 sends the browser back. Default: the callback route. Must be an allowed callback URL at Auth0. */
  redirectUri?: string;
  /** What to ask the provider for. Default: what the connection is set up with at Auth0. */
  scopes?: readonly string[];
  /** Any JSON value; comes back at completion. */
  appState?: JsonValue;
  /** For the provider's authorization request, sent as given: `prompt`, `login_hint`, `max_age`, `access_type` ... */
  authorizationParams?: Readonly<Record<string, unknown>>;
  /** Where the person goes after it, a path of the application or an address at a trusted origin. Default `/`. */
  returnTo?: string;
  /** Which of the addresses of the option `appBaseUrl` the browser is at. Default: the first. */
  appBaseUrl?: string;
}

/** A connect that waits for the person's consent. */
export interface StartedConnect {
  /** Send the browser there. */
  connectUrl: string;
  /** When the connect can no longer be completed: Auth0 forgets it then, after an hour at most. */
  expiresAt: Date;
  /** Comes back in the callback under this name, and names the connect. Good once, in this session. */
  state: string;
}

/** A connect that has succeeded. */
export interface CompletedConnect {
  /** What is connected now. */
  account: ConnectedAccount;
  /** What was given when the connect was started. */
  appState?: JsonValue;
  /** Where the person wanted to go, a path of the application or an address at a trusted origin. */
  returnTo: string;
}

const LONGEST_TTL_MS = 60 * 60 * 1000;

/** The two halves of connecting an account, with the provider's consent between them. */
@Injectable()
export class ConnectFlow {
  constructor(
    @Inject(MyAccountTokens) private readonly tokens: MyAccountTokens,
    @Inject(MY_ACCOUNT_API) private readonly myAccount: MyAccountApi,
    @Inject(Transactions) private readonly transactions: Transactions,
    @Inject(CONNECTION_TOKEN_STORE) private readonly connectionTokens: ConnectionTokenStore,
    @Inject(ConnectionScopes) private readonly scopes: ConnectionScopes,
    @Inject(ConnectLinks) private readonly links: ConnectLinks,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(Hooks) private readonly hooks: Hooks,
    @Inject(OPERATOR) private readonly operator: Operator,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @param linkId of the connect link that it is begun by */
  async start(subject: LoginSession, options: StartConnectAccountOptions, linkId?: string): Promise<StartedConnect> {
    const connection = checkConnection(options.connection);
    const scopes = checkScopes(options.scopes);
    this.scopes.name(connection, scopes);
    const site = siteFor(this.options, options.appBaseUrl);
    const redirectUri = checkRedirectUri(options.redirectUri ?? this.addresses.connectCallback(site.appBaseUrl));
    const returnTo = safeReturnTo(options.returnTo ?? '/', site);
    const state = randomToken();
    const codeVerifier = randomToken();
    const { issuerOrigin } = subject.record;
    const { connectUrl, ...ticket } = await this.tokens.call(
      subject,
      'create:me:connected_accounts',
      async (access) => {
        const answer = await this.myAccount.connect(access, {
          connection,
          redirectUri,
          state,
          codeChallenge: codeChallengeOf(codeVerifier),
          scopes,
          authorizationParams: options.authorizationParams,
        });
        return { ...answer, connectUrl: this.connectUrl(issuerOrigin, answer.connectUri, answer.ticket) };
      },
    );
    const { appState } = options;
    const transaction: ConnectTransaction = {
      kind: 'connect',
      issuerOrigin,
      authSession: ticket.authSession,
      connection,
      loginHint: loginHintIn(options.authorizationParams),
      scopes,
      codeVerifier,
      redirectUri,
      returnTo,
      appState,
      linkId,
    };
    const longest = linkId === undefined ? LONGEST_TTL_MS : CONSENT_MS;
    const expiresAt = await this.transactions.save(state, transaction, {
      owner: ownerOf(subject),
      sessionId: subject.id,
      ttlMs: Math.min(ticket.expiresInSeconds * 1000, longest),
    });
    return { connectUrl, expiresAt, state };
  }

  async complete(subject: LoginSession, callbackUrl: string | URL): Promise<CompletedConnect> {
    const callback = parseCallback(callbackUrl, this.options.appBaseUrls[0]);
    return this.transactions.complete(callback.state, 'connect', [ownerOf(subject)], async (transaction) => {
      const { linkId } = transaction;
      return linkId === undefined
        ? this.connect(subject, transaction, callback)
        : this.answerLink(linkId, () => this.connect(subject, transaction, callback));
    });
  }

  /** The first answer is the link's, whatever comes of it. One that does not live to see its own end leaves it used. */
  private async answerLink(linkId: string, connect: () => Promise<CompletedConnect>): Promise<CompletedConnect> {
    await this.links.answer(linkId);
    try {
      const completed = await connect();
      await this.links.end(linkId);
      return completed;
    } catch (error) {
      await this.links
        .end(linkId, error instanceof Auth0ConnectError ? error.code : 'callback_failed')
        .catch(() => undefined);
      throw error;
    }
  }

  private async connect(
    subject: LoginSession,
    transaction: ConnectTransaction,
    callback: Callback,
  ): Promise<CompletedConnect> {
    const connectCode = this.connectCodeOf(callback, transaction);
    // What is stored for this connection was granted before. It goes first, in case we do not live to see the answer, and
    // again, because a request in between may have stored one.
    const { userKey } = subject.record;
    const { connection, loginHint, scopes } = transaction;
    const forgetTokens = (): Promise<void> => this.connectionTokens.removeConnection(userKey, connection);
    await forgetTokens();
    const account = await this.completeAtAuth0(subject, transaction, connectCode);
    await forgetTokens();
    await this.scopes.consented({ userKey, connection, loginHint }, scopes);
    const { appState, returnTo } = transaction;
    await this.hooks.tell(ACCOUNT_CONNECTED, { session: subject, account, appState });
    return { account, appState, returnTo };
  }

  private async completeAtAuth0(
    subject: LoginSession,
    { authSession, redirectUri, codeVerifier, connection }: ConnectTransaction,
    connectCode: string,
  ): Promise<ConnectedAccount> {
    try {
      return await this.tokens.call(subject, 'create:me:connected_accounts', (access) =>
        this.myAccount.complete(access, { authSession, connectCode, redirectUri, codeVerifier }),
      );
    } catch (error) {
      if (!(error instanceof Auth0RefusedError)) throw error;
      if (error.auth0Status === 409) throw new AccountConflictError({ connection, cause: error });
      if (error.auth0Status !== 400) throw error;
      throw new InvalidCallbackError('Auth0 does not accept this answer: it is too old or was used. Connect again', {
        cause: error,
      });
    }
  }

  private connectCodeOf(
    { error, errorDescription, connectCode, code }: Callback,
    { connection, issuerOrigin }: ConnectTransaction,
  ): string {
    if (error !== undefined) {
      const denied = new AuthorizationDeniedError(error, { description: errorDescription, connection });
      this.operator.about(denied, issuerOrigin);
      throw denied;
    }
    if (connectCode === undefined || connectCode.length > LONGEST_CONNECT_CODE || code !== undefined) {
      throw new InvalidCallbackError('The answer holds no valid connect code. Connect again');
    }
    return connectCode;
  }

  /** On the domain itself, whose ticket it is. It is added to whatever query the address has already. */
  private connectUrl(issuerOrigin: string, connectUri: string, ticket: string): string {
    const url = URL.canParse(connectUri) ? new URL(connectUri) : undefined;
    if (url?.origin !== issuerOrigin || url.username || url.password) {
      throw new InvalidAuth0ResponseError('connect', '"connect_uri" is not an address of the domain');
    }
    url.searchParams.set('ticket', ticket);
    return url.href;
  }
}

/** The longest that the My Account API takes. */
const LONGEST_CONNECT_CODE = 46;

function loginHintIn({ login_hint: hint }: Readonly<Record<string, unknown>> = {}): string | undefined {
  return typeof hint === 'string' ? hint : undefined;
}

function ownerOf(subject: LoginSession): string {
  return digest('session', subject.id);
}
