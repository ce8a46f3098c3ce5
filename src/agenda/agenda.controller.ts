import { Controller, Get, Header, HttpCode, Inject, NotFoundException, Post, Query, UseGuards } from '@nestjs/common';
import { CurrentSession, LoginService, SessionGuard, type LoginSession } from 'nestjs-auth0-connect';
import { AGENDA_SCRIPT_URL } from '../pages/assets.js';
import { Page } from '../pages/page.decorator.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { API_AUDIENCE, READ_EVENTS } from './events-api.js';

/** A single-page application in miniature: its script calls the API with an access token, and not with the session. */
@Controller('agenda')
@UseGuards(SessionGuard)
export class AgendaController {
  constructor(
    @Inject(LoginService) private readonly logins: LoginService,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
    @Inject(API_AUDIENCE) private readonly audience: string | null,
  ) {}

  @Get()
  @Page()
  page(@CurrentSession() session: LoginSession, @Query() query: unknown): string {
    return this.pages.render('agenda', {
      user: session.user,
      query,
      isAvailable: this.audience !== null,
      script: this.audience === null ? undefined : AGENDA_SCRIPT_URL,
    });
  }

  /** A POST, so that the protection against cross-site requests covers it. The script cannot choose what it gets. */
  @Post('token')
  @HttpCode(200)
  @Header('Cache-Control', 'private, no-store')
  async token(@CurrentSession() session: LoginSession): Promise<{ accessToken: string }> {
    if (this.audience === null) throw new NotFoundException('There is no API: AUTH0_API_AUDIENCE is not set');
    const { accessToken } = await this.logins.getAccessToken(session, { audience: this.audience, scope: READ_EVENTS });
    return { accessToken };
  }
}
