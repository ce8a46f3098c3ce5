import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import type { ConnectedAccount, ConnectionToken } from '../../accounts/connected-account.js';
import { createProviderFetch, type ProviderFetch } from '../../accounts/provider-fetch.js';
import type { Subject, UserSubject } from '../../accounts/subject.js';
import { checkOrigins } from '../../accounts/token-origins.js';
import { WorkerAccountsService } from '../../accounts/worker-accounts.service.js';
import { ConnectionRequiredError, InsufficientScopeError } from '../../errors/index.js';
import { OUR_GUARDS } from '../../nest/guards/guard-providers.js';
import { requireConnections } from '../../nest/guards/required-connections.js';
import { instanceToken } from '../../nest/decorators/inject.decorators.js';
import { standInFor } from '../../nest/decorators/stand-in.js';
import { findRequest } from '../../nest/request/http-request.js';
import { RequestAuthenticator } from '../../nest/request/request-authenticator.js';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import { DOMAIN_CHECK } from '../../ports/domain-check.js';
import { systemWait } from '../../ports/wait.js';
import type { UserClaims } from '../../session/user-claims.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { missingScopes } from '../../shared/scopes.js';

const AN_HOUR_MS = 3_600_000;

/** As far as `Test.createTestingModule()` of `@nestjs/testing` is needed here. */
export interface BuilderUnderTest {
  /** Nest's own. */
  overrideGuard(guard: unknown): OverrideUnderTest;
  /** Nest's own. */
  overrideProvider(provider: unknown): OverrideUnderTest;
}

/** What stands in place of something. */
export interface OverrideUnderTest {
  /** Nest's own. */
  useValue(value: unknown): unknown;
}

/** A provider's access token that is good for some scopes. */
export interface GivenToken {
  /** The access token. */
  token: string;
  /** What was granted. */
  scopes: readonly string[];
}

/** Who is logged in, and with which tokens. */
export interface LoginInTest {
  /** The claims; a text is `sub` alone. Default `auth0|alice`. */
  user?: string | UserClaims;
  /** The provider's tokens by connection: what has none here is not connected. A text is a token that is good for every scope. */
  tokens?: Readonly<Record<string, string | GivenToken>>;
}

/**
 * Puts a person who is always logged in in place of the guards, and given tokens in place of Auth0's: no tenant, no cookie, no
 * database row. For tests of handlers; `startTestAuth0` is for those of logging in, connecting and logging out.
 * @returns the builder
 *
 * @example
 * const testing = await withLogin(Test.createTestingModule({ imports: [AppModule] }), {
 *   user: 'auth0|alice',
 *   tokens: { github: 'gho_of_the_test' },
 * }).compile();
 */
export function withLogin<Builder extends BuilderUnderTest>(builder: Builder, login: LoginInTest = {}): Builder {
  const { user = 'auth0|alice', tokens = {} } = login;
  const claims = typeof user === 'string' ? { sub: user } : user;
  const guard = new AlwaysLoggedIn(claims);
  for (const [ours, provided] of OUR_GUARDS) {
    builder.overrideGuard(ours).useValue(guard);
    builder.overrideProvider(provided).useValue(guard);
  }
  builder.overrideProvider(RequestAuthenticator).useValue(new AlwaysAuthenticated(claims));
  const given = new GivenTokens(tokens);
  builder.overrideProvider(ConnectedAccountsService).useValue(given);
  builder.overrideProvider(instanceToken(WorkerAccountsService, DEFAULT_INSTANCE)).useValue(given);
  builder.overrideProvider(DOMAIN_CHECK).useValue({}); // there is no tenant to look for
  return builder;
}

/** As a guard of passport's does, it says by `request.user` whom it has let in. */
class AlwaysLoggedIn implements CanActivate {
  constructor(private readonly user: UserClaims) {}

  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    const request = findRequest(context) as { user?: UserClaims } | undefined;
    if (!request) return true;
    request.user = { ...this.user };
    return requireConnections(context);
  }
}

/** In place of `RequestAuthenticator`, which sockets ask as well. */
class AlwaysAuthenticated {
  constructor(private readonly user: UserClaims) {}

  async authenticate(): Promise<Subject | undefined> {
    return standInFor({ ...this.user }, 'session', Date.now());
  }
}

type Asked = Parameters<ConnectedAccountsService['getAccessTokenForConnection']>[1];

/** In place of the service: what it would ask Auth0 for is given, or not connected. */
class GivenTokens {
  constructor(private readonly tokens: NonNullable<LoginInTest['tokens']>) {
    for (const name of Object.getOwnPropertyNames(ConnectedAccountsService.prototype)) {
      if (name in this) continue;
      Object.defineProperty(this, name, {
        value: () => Promise.reject(new TypeError(`${name}() needs a tenant: see startTestAuth0`)),
      });
    }
  }

  async getAccessTokenForConnection(
    _subject: Subject | UserSubject,
    { connection, scopes = [], loginHint }: Asked,
  ): Promise<ConnectionToken> {
    const given = this.tokens[connection];
    if (given === undefined) throw new ConnectionRequiredError({ connection, scopes, loginHint });
    const { token, scopes: granted } = typeof given === 'string' ? { token: given, scopes } : given;
    const missing = missingScopes(scopes, granted);
    if (missing.length > 0) {
      throw new InsufficientScopeError({
        connection,
        loginHint,
        scopes: [...granted, ...missing],
        missingScopes: missing,
      });
    }
    const expiresAt = new Date(Date.now() + AN_HOUR_MS);
    return { accessToken: token, expiresAt, scopes: [...granted], connection, loginHint };
  }

  async fetch(
    subject: Subject | UserSubject,
    { origins, ...wanted }: Parameters<ConnectedAccountsService['fetch']>[1],
  ): Promise<ProviderFetch> {
    const obtain = (): Promise<ConnectionToken> => this.getAccessTokenForConnection(subject, wanted);
    return createProviderFetch({
      first: await obtain(),
      origins: checkOrigins(origins),
      obtain,
      isFresh: () => true,
      wait: systemWait,
      now: () => Date.now(),
    });
  }

  async listConnectedAccounts(): Promise<{ accounts: ConnectedAccount[]; next?: string }> {
    return { accounts: this.accounts() };
  }

  async *iterateConnectedAccounts(): AsyncGenerator<ConnectedAccount> {
    yield* this.accounts();
  }

  private accounts(): ConnectedAccount[] {
    return Object.entries(this.tokens).map(([connection, given], index) => ({
      id: `cac_${index + 1}`,
      connection,
      accessType: 'offline',
      scopes: typeof given === 'string' ? [] : [...given.scopes],
      createdAt: new Date(0),
    }));
  }
}
