import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import {
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  LoginService,
  LoginSession,
  SessionGuard,
  type ApiAccessToken,
  type ConnectionToken,
} from 'nestjs-auth0-connect';

/** What an application asks the services for, by address. */
@Controller('tokens')
@UseGuards(SessionGuard)
export class TokenController {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(LoginService) private readonly logins: LoginService,
  ) {}

  @Get('github')
  github(@ConnectedToken('github', { scopes: ['repo'], as: 'details' }) details: ConnectionToken): ConnectionToken {
    return details;
  }

  /** The provider has refused the stored token. */
  @Get('new')
  renewed(
    @CurrentSession() session: LoginSession,
    @Query('connection') connection: string,
    @Query('loginHint') loginHint?: string,
  ): Promise<ConnectionToken> {
    return this.accounts.getAccessTokenForConnection(session, { connection, loginHint, forceRefresh: true });
  }

  @Get('stored')
  stored(
    @CurrentSession() session: LoginSession,
    @Query('connection') connection: string,
    @Query('loginHint') loginHint?: string,
  ): Promise<ConnectionToken> {
    return this.accounts.getAccessTokenForConnection(session, { connection, loginHint });
  }

  @Get('api')
  api(
    @CurrentSession() session: LoginSession,
    @Query('audience') audience?: string,
    @Query('scope') scope?: string,
  ): Promise<ApiAccessToken> {
    return this.logins.getAccessToken(session, { audience, scope });
  }
}
