import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ConnectedToken, CurrentSession, SessionGuard, type LoginSession } from 'nestjs-auth0-connect';
import { Page } from '../pages/page.decorator.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { ProviderApi } from '../providers/provider-api.js';
import { GITHUB } from '../providers/providers.js';
import { RepositoriesService } from './repositories.service.js';

@Controller('repositories')
@UseGuards(SessionGuard)
export class RepositoriesController {
  constructor(
    @Inject(RepositoriesService) private readonly repositories: RepositoriesService,
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
  ) {}

  @Get()
  @Page()
  async list(
    @ConnectedToken(GITHUB.connection, { scopes: GITHUB.scopes }) token: string,
    @CurrentSession() session: LoginSession,
    @Query() query: unknown,
  ): Promise<string> {
    const repositories = await this.api.withFreshToken(session, GITHUB, token, (accessToken) =>
      this.repositories.recent(accessToken),
    );
    return this.pages.render('repositories', { user: session.user, query, repositories });
  }
}
