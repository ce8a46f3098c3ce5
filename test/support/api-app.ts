import { createHash, randomUUID } from 'node:crypto';
import { Controller, Get, Inject, Post, UseGuards } from '@nestjs/common';
import { TOKEN_VAULT_GRANT, type TenantClient } from 'auth0-local-tenant';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import {
  AccessTokenGuard,
  ApiCaller,
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  CurrentSubject,
  CurrentUser,
  LoginService,
  LoginSession,
  Public,
  RequireScopes,
  SessionGuard,
  SessionOrAccessTokenGuard,
  type ConnectionToken,
  type Subject,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { API_AUDIENCE, TestApp, type AdapterName, type TestAppOptions } from './test-app.js';

export const API_CLIENT: TenantClient = {
  clientId: 'api-client',
  clientSecret: 'api-client-secret',
  redirectUris: [],
  grantTypes: [TOKEN_VAULT_GRANT],
  api: API_AUDIENCE,
};

function describeSubject(subject: Subject | null): string {
  if (subject instanceof ApiCaller) return `caller ${subject.userId}`;
  return subject instanceof LoginSession ? `session ${subject.userId}` : 'nobody';
}

@Controller('api')
@UseGuards(AccessTokenGuard)
class ApiController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get('me')
  me(@CurrentUser() user: UserClaims, @CurrentSubject() subject: Subject): unknown {
    return { user, subject: describeSubject(subject), shown: JSON.stringify(subject) };
  }

  @Get('both')
  @RequireScopes('read:events', 'write:events')
  both(): string {
    return 'both';
  }

  @Get('either')
  @RequireScopes.anyOf('read:events', 'write:events')
  either(): string {
    return 'either';
  }

  @Post('several')
  @RequireScopes({ anyOf: ['read:profile', 'write:profile'] })
  @RequireScopes('read:events')
  several(): string {
    return 'several';
  }

  @Get('twice')
  @UseGuards(AccessTokenGuard)
  twice(): string {
    return 'twice';
  }

  @Get('session')
  session(@CurrentSession() session: LoginSession): string {
    return session.userId;
  }

  @Get('open')
  @Public()
  open(@CurrentUser() user: UserClaims | null): { name: string } {
    return { name: user?.sub ?? 'stranger' };
  }

  @Get('github')
  github(@ConnectedToken('github', { as: 'details' }) token: ConnectionToken): ConnectionToken {
    return token;
  }

  @Get('google')
  google(@ConnectedToken('google-oauth2') first: string, @ConnectedToken('github') second: string): string[] {
    return [first, second];
  }

  @Get('work')
  work(@ConnectedToken('google-oauth2', { loginHint: 'alice@work.example' }) token: string): string[] {
    return [token];
  }

  @Get('accounts')
  list(@CurrentSubject() subject: Subject): Promise<unknown> {
    return this.accounts.listConnectedAccounts(subject);
  }

  @Post('connect')
  connect(@CurrentSubject() subject: Subject): Promise<unknown> {
    return this.accounts.startConnectAccount(subject, { connection: 'github' });
  }

  @Post('delete')
  delete(@CurrentSubject() subject: Subject): Promise<unknown> {
    return this.accounts.deleteConnectedAccount(subject, 'cac_1');
  }

  @Post('as-anybody')
  asAnybody(): Promise<unknown> {
    return this.accounts.getAccessTokenForConnection({ userId: 'auth0|bob' }, { connection: 'github' });
  }
}

@Controller('scoped')
@UseGuards(AccessTokenGuard)
@RequireScopes('read:events')
class ScopedController {
  @Get()
  @RequireScopes('write:events')
  read(): string {
    return 'scoped';
  }
}

@Controller('mixed')
@UseGuards(SessionOrAccessTokenGuard)
class MixedController {
  @Get()
  read(@CurrentSubject() subject: Subject, @CurrentUser() user: UserClaims): unknown {
    return { subject: describeSubject(subject), name: user.name };
  }

  @Post()
  write(@CurrentSubject() subject: Subject): unknown {
    return { subject: describeSubject(subject) };
  }

  @Get('scoped')
  @RequireScopes('read:events')
  scoped(@CurrentSubject() subject: Subject): unknown {
    return { subject: describeSubject(subject) };
  }

  @Get('github')
  github(@ConnectedToken('github') token: string): string[] {
    return [token];
  }
}

/** As a single-page application would: an access token for the API, from the session. */
@Controller('spa')
@UseGuards(SessionGuard)
class SpaController {
  constructor(@Inject(LoginService) private readonly logins: LoginService) {}

  @Get('token')
  async token(@CurrentSession() session: LoginSession): Promise<{ token: string }> {
    const { accessToken } = await this.logins.getAccessToken(session, {
      audience: API_AUDIENCE,
      scope: 'openid read:events',
    });
    return { token: accessToken };
  }
}

/** An application that is an API too, at a tenant where the API has its own client. */
export function startApiApp(adapter: AdapterName, given: TestAppOptions = {}): Promise<TestApp> {
  return TestApp.start(adapter, {
    ...given,
    tenant: { ...given.tenant, clients: [API_CLIENT, ...(given.tenant?.clients ?? [])] },
    options: {
      apiAudience: API_AUDIENCE,
      apiClient: { clientId: API_CLIENT.clientId, clientSecret: API_CLIENT.clientSecret },
      ...given.options,
    },
    controllers: [ApiController, ScopedController, MixedController, SpaController, ...(given.controllers ?? [])],
  });
}

/** An access token signed by the tenant; `undefined` leaves a claim out. */
export function mintAccessToken(
  test: TestApp,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return test.control.logoutToken(
    {
      iss: test.tenant.issuer,
      aud: [API_AUDIENCE, `${test.tenant.issuer}userinfo`],
      sub: 'auth0|alice',
      azp: 'a-single-page-application',
      iat: now,
      exp: now + 3600,
      scope: 'openid read:events',
      events: undefined,
      sid: undefined,
      ...claims,
    },
    { typ: 'at+jwt', ...header },
  );
}

/** Somebody with a DPoP key. */
export class KeyHolder {
  private constructor(
    private readonly privateKey: CryptoKey,
    readonly jwk: JWK,
    readonly thumbprint: string,
  ) {}

  static async create(): Promise<KeyHolder> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    return new KeyHolder(privateKey, jwk, await calculateJwkThumbprint(jwk));
  }

  /** The headers of a request with a token bound to this key. */
  async headers(
    accessToken: string,
    url: string,
    { method = 'GET', claims = {} }: { method?: string; claims?: Record<string, unknown> } = {},
  ): Promise<Record<string, string>> {
    const proof = await new SignJWT({
      jti: randomUUID(),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1000),
      ath: createHash('sha256').update(accessToken).digest('base64url'),
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.jwk })
      .sign(this.privateKey);
    return { authorization: `DPoP ${accessToken}`, dpop: proof };
  }
}

export function bearer(accessToken: string): { authorization: string } {
  return { authorization: `Bearer ${accessToken}` };
}
