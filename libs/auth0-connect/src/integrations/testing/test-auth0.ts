import { randomBytes } from 'node:crypto';
import { ModulesContainer } from '@nestjs/core';
import {
  DEFAULT_APIS,
  startLocalTenant,
  TOKEN_VAULT_GRANT,
  type LocalTenant,
  type LocalTenantOptions,
  type LoginAsResult,
  type TenantApi,
} from 'auth0-local-tenant';
import { decodeJwt } from 'jose';
import { ConfigurationError } from '../../errors/index.js';
import type { LoginResponse } from '../../login/ports.js';
import { SessionStarter } from '../../login/session-starter.js';
import type { Auth0ConnectOptions } from '../../options/auth0-connect-options.js';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import type { GivenAccount, TestCaller, TestCookie, TestPerson, TestUser } from './test-person.js';

const CLIENT = { clientId: 'app-under-test', clientSecret: 'the secret of the app under test' };
const API_CLIENT = { clientId: 'api-under-test', clientSecret: 'the secret of the API under test' };
const APP = 'http://localhost:3000';
const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;

/** What is needed of an application: `INestApplication`, or `TestingModule`. It has to be initialized. */
export interface AppUnderTest {
  /** Nest's own. */
  get<T>(token: unknown, options?: { strict?: boolean }): T;
}

/**
 * Starts a local Auth0 tenant for the tests of an application.
 * @param options of the tenant: users, connections, APIs and more. Everything has a default
 * @see docs/testing.md
 *
 * @example
 * const auth0 = await startTestAuth0();
 * // in the module: Auth0ConnectModule.forRoot(auth0.options())
 * const alice = await auth0.logIn(app, 'auth0|alice', { github: { token: 'gho_of_the_test' } });
 * await request(app.getHttpServer()).get('/repositories').set(alice.headers).expect(200);
 */
export async function startTestAuth0(options: LocalTenantOptions = {}): Promise<TestAuth0> {
  return new TestAuth0(await startLocalTenant(options), options.apis?.[0] ?? DEFAULT_APIS[0]!);
}

/** A local tenant, with the people and callers of an application under test. */
export class TestAuth0 {
  /** @internal Use `startTestAuth0`. */
  constructor(
    /** The tenant itself. */
    readonly tenant: LocalTenant,
    private readonly api: TenantApi,
  ) {}

  /** Scripts the tenant: faults, held calls, counts, accounts, expiry. */
  get control(): LocalTenant['control'] {
    return this.tenant.control;
  }

  /**
   * The module options for this tenant, whose client it registers. As a web application and, with the tenant's first API, as an
   * API.
   * @param appBaseUrl where the tests reach the application; matters where a browser comes back to it. Default `http://localhost:3000`
   * @param callbackPaths where logins and connects come back to. Default `['/auth/callback']`
   */
  options(appBaseUrl = APP, callbackPaths = ['/auth/callback']): Auth0ConnectOptions {
    this.tenant.addClient({
      ...CLIENT,
      redirectUris: callbackPaths.map((path) => new URL(path, appBaseUrl).href),
      logoutUrls: [new URL(appBaseUrl).origin, `${new URL(appBaseUrl).origin}/`],
    });
    const { identifier } = this.api;
    this.tenant.addClient({ ...API_CLIENT, redirectUris: [], grantTypes: [TOKEN_VAULT_GRANT], api: identifier });
    return {
      domain: this.tenant.domain,
      allowInsecureHttp: true,
      ...CLIENT,
      secret: randomBytes(32).toString('base64url'),
      appBaseUrl,
      apiAudience: identifier,
      apiClient: API_CLIENT,
    };
  }

  /**
   * Logs somebody in, without a browser and without a request: the session begins as a login at the tenant begins it, with its
   * refresh token, so that connected accounts and tokens work as they do afterwards.
   * @param app the application, after `app.init()` or `app.listen()`
   * @param user an id the tenant knows, or somebody to add. Default `auth0|alice`; there are Bob and Carol, too
   * @param accounts what the user has connected, by connection
   * @param instance `name` of the module instance. Default: the unnamed one
   * @throws ConfigurationError where the application has no such instance
   */
  async logIn(
    app: AppUnderTest,
    user: string | TestUser = 'auth0|alice',
    accounts: Readonly<Record<string, GivenAccount>> = {},
    instance = DEFAULT_INSTANCE,
  ): Promise<TestPerson> {
    const { options, starter } = partsOf(app, instance);
    const userId = this.prepare(user, accounts);
    const { clientId, audience, scope } = options;
    const answer = await this.control.loginAs({ userId, clientId, audience, scope });
    const login = { issuerOrigin: options.issuerOrigins[0], audience, scope, method: 'interactive' as const };
    const { session, sessionToken } = await starter.begin(login, responseOf(answer));
    const { cookieName: name, sameSite, secure } = options.session;
    const url = options.appBaseUrls[0];
    const own: TestCookie = { name, value: sessionToken, url, httpOnly: true, secure, sameSite: SAME_SITE[sameSite] };
    return { session, headers: { cookie: `${name}=${sessionToken}` }, cookies: [own, ...answer.cookies] };
  }

  /**
   * An access token for the API, as a single-page application or an agent brings it.
   * @param user an id the tenant knows, or somebody to add. Default `auth0|alice`; there are Bob and Carol, too
   * @param token its scopes, default all that the user may have; and `permissions` of the user
   * @param accounts what the user has connected, by connection
   */
  async callApi(
    user: string | TestUser = 'auth0|alice',
    { scopes, permissions }: { scopes?: readonly string[]; permissions?: readonly string[] } = {},
    accounts: Readonly<Record<string, GivenAccount>> = {},
  ): Promise<TestCaller> {
    const accessToken = await this.control.mint({
      userId: this.prepare(user, accounts),
      clientId: CLIENT.clientId,
      audience: this.api.identifier,
      scope: scopes?.join(' '),
      claims: permissions && { permissions },
    });
    return { accessToken, headers: { authorization: `Bearer ${accessToken}` } };
  }

  /** Stops the tenant. */
  stop(): Promise<void> {
    return this.tenant.stop();
  }

  /** Stops it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Has the tenant know the user and the accounts. @returns the user's id */
  private prepare(user: string | TestUser, accounts: Readonly<Record<string, GivenAccount>>): string {
    const userId = typeof user === 'string' ? user : user.userId;
    if (typeof user !== 'string') {
      const nickname = userId.split('|').at(-1)!;
      this.control.addUser({ name: nickname, email: `${nickname}@example.com`, ...user });
    }
    for (const [connection, account] of Object.entries(accounts)) {
      this.control.connectAccount(userId, connection, account);
    }
    return userId;
  }
}

/** What the tenant's part of a login needs of one module. */
function partsOf(app: AppUnderTest, instance: string): { options: ResolvedOptions; starter: SessionStarter } {
  for (const { providers } of app.get<ModulesContainer>(ModulesContainer, { strict: false }).values()) {
    const options = providers.get(RESOLVED_OPTIONS)?.instance as ResolvedOptions | undefined;
    const starter = providers.get(SessionStarter)?.instance as SessionStarter | undefined;
    if (options?.instance === instance && starter) return { options, starter };
  }
  throw new ConfigurationError([`the application has no Auth0ConnectModule of the name "${instance}"`]);
}

function responseOf(answer: LoginAsResult): LoginResponse {
  const { id_token: idToken = '' } = answer;
  return {
    accessToken: answer.access_token,
    tokenType: 'Bearer',
    dpopKey: undefined,
    expiresIn: answer.expires_in,
    scope: answer.scope,
    refreshToken: answer.refresh_token,
    idToken,
    claims: decodeJwt(idToken),
  };
}
