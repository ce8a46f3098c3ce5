import { Inject, Injectable } from '@nestjs/common';
import {
  AuthorizationDeniedError,
  Auth0RefusedError,
  InvalidCallbackError,
  InvalidRequestError,
} from '../errors/index.js';
import { issuerOf } from '../issuer/issuer.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { siteFor } from '../options/site.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { OPERATOR, type Operator } from '../ports/operator.js';
import { dpopThumbprintOf, newDpopKey } from '../session/dpop-keys.js';
import { safeReturnTo } from '../shared/app-urls.js';
import { digest } from '../shared/digest.js';
import { codeChallengeOf } from '../shared/pkce.js';
import { isRandomToken, randomToken } from '../shared/random.js';
import { parseCallback, type Callback } from '../transactions/callback.js';
import type { JsonValue, LoginTransaction } from '../transactions/transaction.js';
import { Transactions } from '../transactions/transactions.js';
import { checkDomain, checkLoginScope, checkOrganization } from './login-request.js';
import { AUTHORIZATION_SERVER, type AuthorizationServer, type LoginResponse } from './ports.js';
import { SessionStarter, type StartedSession } from './session-starter.js';

/** A person may look for the mail with the one-time code for a while. */
const LOGIN_TTL_MS = 60 * 60 * 1000;

/**
 * How to log in, and where to go afterwards.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
 */
export interface StartInteractiveLoginOptions {
  /** Where the person goes after the login, a path of the application or an address at a trusted origin. Default `/`. */
  returnTo?: string;
  /** Comes back from `completeInteractiveLogin`. */
  appState?: JsonValue;
  /** Parameters of `/authorize` for this login: `connection`, `organization`, `invitation`, `login_hint`, `screen_hint`, `prompt`, `max_age`, `ui_locales`, also `audience` and `scope`. */
  authorizationParams?: Readonly<Record<string, string | number | undefined>>;
  /** Where Auth0 sends the browser back. Default: the callback route. */
  redirectUri?: string;
  /** Which of the allowed domains, an origin. Default: the first. */
  domain?: string;
  /** Which of the addresses of the option `appBaseUrl` the browser is at. Default: the first. */
  appBaseUrl?: string;
  /** What the browser's login cookie holds, if it has one: parallel logins of one browser share it. */
  browserId?: string;
}

/** A login that waits for the browser to come back. */
export interface InteractiveLogin {
  /** Send the browser there. */
  authorizationUrl: string;
  /** Put this in the browser's login cookie: the callback is good in this browser only. */
  browserId: string;
  /** Comes back in the callback, and names the login. */
  state: string;
  /** When the login can no longer be completed. */
  expiresAt: Date;
}

/** A login that is done. */
export interface CompletedLogin extends StartedSession {
  /** Where the person wanted to go, a path of the application. */
  returnTo: string;
  /** What was given when the login was started. */
  appState?: JsonValue;
}

/** What the browser shows when it comes back. */
export interface CompleteLoginOptions {
  /** What the browser's login cookies hold: one of them ties the login to this browser. */
  browserId?: string | readonly string[];
  /** What its session cookie holds: that session ends. */
  previousSessionToken?: string;
}

/** The two halves of a login: authorization code flow with PKCE, `state` and `nonce`, with Auth0's pages between them. */
@Injectable()
export class LoginFlow {
  constructor(
    @Inject(AUTHORIZATION_SERVER) private readonly auth0: AuthorizationServer,
    @Inject(Transactions) private readonly transactions: Transactions,
    @Inject(SessionStarter) private readonly starter: SessionStarter,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(OPERATOR) private readonly operator: Operator,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async start(options: StartInteractiveLoginOptions): Promise<InteractiveLogin> {
    const parameters = this.authorizationParams(options.authorizationParams);
    const transaction = await this.newTransaction(options, parameters);
    const state = randomToken();
    const browserId = isRandomToken(options.browserId) ? options.browserId : randomToken();
    const authorizationUrl = await this.auth0.authorizationUrl(transaction.issuerOrigin, {
      ...parameters,
      redirect_uri: transaction.redirectUri,
      state,
      nonce: transaction.nonce,
      code_challenge: codeChallengeOf(transaction.codeVerifier),
      code_challenge_method: 'S256',
      ...(transaction.dpopKey !== undefined && { dpop_jkt: await dpopThumbprintOf(transaction.dpopKey) }),
    });
    const expiresAt = await this.transactions.save(state, transaction, {
      owner: ownerOf(browserId),
      ttlMs: LOGIN_TTL_MS,
    });
    return { authorizationUrl, browserId, state, expiresAt };
  }

  async complete(callbackUrl: string | URL, options: CompleteLoginOptions): Promise<CompletedLogin> {
    const callback = parseCallback(callbackUrl, this.options.appBaseUrls[0]);
    const owners = [options.browserId ?? ''].flat().map(ownerOf);
    return this.transactions.complete(callback.state, 'login', owners, async (transaction) => {
      assertIssuer(callback, transaction);
      this.assertCode(callback, transaction);
      const response = await this.exchangeCode(transaction, callback);
      const tookMs = this.clock.now() - transaction.startedAt;
      const login = { ...transaction, tookMs, method: 'interactive' as const };
      const started = await this.starter.begin(login, response, { replacing: options.previousSessionToken });
      return { ...started, returnTo: transaction.returnTo, appState: transaction.appState };
    });
  }

  private async newTransaction(
    { returnTo, redirectUri, domain, appState, appBaseUrl }: StartInteractiveLoginOptions,
    parameters: Readonly<Record<string, string>>,
  ): Promise<LoginTransaction> {
    const site = siteFor(this.options, appBaseUrl);
    return {
      kind: 'login',
      startedAt: this.clock.now(),
      issuerOrigin: checkDomain(domain, this.options),
      codeVerifier: randomToken(),
      nonce: randomToken(),
      redirectUri: redirectUri ?? this.addresses.loginCallback(site.appBaseUrl),
      returnTo: safeReturnTo(returnTo ?? '/', site),
      appState,
      audience: parameters.audience,
      scope: parameters.scope ?? '',
      organization: parameters.organization,
      maxAgeSeconds: parameters.max_age === undefined ? undefined : Number(parameters.max_age),
      dpopKey: this.options.dpop ? await newDpopKey() : undefined,
    };
  }

  private authorizationParams(given: StartInteractiveLoginOptions['authorizationParams']): Record<string, string> {
    const parameters: Record<string, string> = { ...this.options.authorizationParams, scope: this.options.scope };
    if (this.options.audience !== undefined) parameters.audience = this.options.audience;
    for (const [name, value] of Object.entries(given ?? {})) {
      if (value !== undefined) parameters[name] = String(value);
    }
    checkLoginScope(parameters.scope ?? '');
    checkOrganization(parameters.organization);
    if (parameters.invitation !== undefined && parameters.organization === undefined) {
      throw new InvalidRequestError('invitation', 'is for an organization, and none is given');
    }
    return parameters;
  }

  private assertCode(
    { error, errorDescription, code, connectCode }: Callback,
    { issuerOrigin }: LoginTransaction,
  ): void {
    if (error !== undefined) {
      const denied = new AuthorizationDeniedError(error, { description: errorDescription });
      this.operator.about(denied, issuerOrigin);
      throw denied;
    }
    if (code === undefined || connectCode !== undefined) {
      throw new InvalidCallbackError('The answer holds no authorization code. Log in again');
    }
  }

  private async exchangeCode(transaction: LoginTransaction, callback: Callback): Promise<LoginResponse> {
    const callbackUrl = new URL(transaction.redirectUri);
    // Nothing else of the callback: openid-client would take `response` or `id_token` for another kind of answer.
    for (const name of ['code', 'state', 'iss']) {
      const value = callback.parameters.get(name);
      if (value !== null) callbackUrl.searchParams.set(name, value);
    }
    try {
      return await this.auth0.exchangeCode({
        issuerOrigin: transaction.issuerOrigin,
        callbackUrl,
        state: callback.state,
        nonce: transaction.nonce,
        codeVerifier: transaction.codeVerifier,
        maxAgeSeconds: transaction.maxAgeSeconds,
        dpopKey: transaction.dpopKey,
      });
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
      throw new InvalidCallbackError('Auth0 does not accept this authorization code. Log in again', { cause: error });
    }
  }
}

/** RFC 9207: an answer that names another issuer is of another, an error just as well as a code. */
function assertIssuer({ parameters }: Callback, { issuerOrigin }: LoginTransaction): void {
  const issuer = parameters.get('iss');
  if (issuer !== null && issuer !== issuerOf(issuerOrigin)) {
    throw new InvalidCallbackError('The answer comes from another issuer than the one that was asked');
  }
}

function ownerOf(browserId: string): string {
  return digest('browser', browserId);
}
