import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { AccessTokenGuard, ConnectedToken, CurrentSubject, RequireScopes, type ApiCaller } from 'nestjs-auth0-connect';
import { CalendarService, type Calendar } from '../calendar/calendar.service.js';
import { ProviderApi } from '../providers/provider-api.js';
import { GOOGLE } from '../providers/providers.js';
import { READ_EVENTS } from './events-api.js';

/** The API, for callers with an access token: a cookie counts for nothing here. */
@Controller('api/events')
@UseGuards(AccessTokenGuard)
export class EventsController {
  constructor(
    @Inject(CalendarService) private readonly calendar: CalendarService,
    @Inject(ProviderApi) private readonly api: ProviderApi,
  ) {}

  @Get()
  @RequireScopes(READ_EVENTS)
  @Header('Cache-Control', 'private, no-store')
  events(
    @ConnectedToken(GOOGLE.connection, { scopes: GOOGLE.scopes }) token: string,
    @CurrentSubject() caller: ApiCaller,
  ): Promise<Calendar> {
    return this.api.withFreshToken(caller, GOOGLE, token, (accessToken) => this.calendar.upcoming(accessToken));
  }
}
