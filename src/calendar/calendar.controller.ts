import { Controller, Get, Header, Inject, Query, UseGuards } from '@nestjs/common';
import { ConnectedToken, CurrentSession, SessionGuard, type LoginSession } from 'nestjs-auth0-connect';
import { Page } from '../pages/page.decorator.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { ProviderApi } from '../providers/provider-api.js';
import { GOOGLE } from '../providers/providers.js';
import { agendaOf } from './agenda.js';
import { CalendarService, type Calendar } from './calendar.service.js';

@Controller()
@UseGuards(SessionGuard)
export class CalendarController {
  constructor(
    @Inject(CalendarService) private readonly calendar: CalendarService,
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
  ) {}

  @Get('calendar')
  @Page()
  async agenda(
    @ConnectedToken(GOOGLE.connection, { scopes: GOOGLE.scopes }) token: string,
    @CurrentSession() session: LoginSession,
    @Query() query: unknown,
  ): Promise<string> {
    const calendar = await this.upcoming(session, token);
    return this.pages.render('calendar', {
      user: session.user,
      query,
      calendar,
      days: agendaOf(calendar, new Date()),
    });
  }

  @Get('api/calendar')
  @Header('Cache-Control', 'private, no-store')
  events(
    @ConnectedToken(GOOGLE.connection, { scopes: GOOGLE.scopes }) token: string,
    @CurrentSession() session: LoginSession,
  ): Promise<Calendar> {
    return this.upcoming(session, token);
  }

  private upcoming(session: LoginSession, token: string): Promise<Calendar> {
    return this.api.withFreshToken(session, GOOGLE, token, (accessToken) => this.calendar.upcoming(accessToken));
  }
}
