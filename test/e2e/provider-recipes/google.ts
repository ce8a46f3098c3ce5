import { auth, calendar } from '@googleapis/calendar';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { AccessTokenGuard, ConnectedFetch, type ProviderFetch } from 'nestjs-auth0-connect';

const GOOGLE_ROOT = process.env.GOOGLE_ROOT ?? 'https://www.googleapis.com/';
const SCOPE = 'https://www.googleapis.com/auth/calendar.readonly';

@Controller('events')
@UseGuards(AccessTokenGuard)
export class EventsController {
  @Get()
  async list(
    @ConnectedFetch('google-oauth2', { origins: [new URL(GOOGLE_ROOT).origin], scopes: [SCOPE] }) google: ProviderFetch,
  ): Promise<(string | null | undefined)[]> {
    const client = new auth.OAuth2({ transporterOptions: { fetchImplementation: google } });
    client.setCredentials({ access_token: await google.token() });
    const api = calendar({ version: 'v3', auth: client, rootUrl: GOOGLE_ROOT });
    try {
      const { data } = await api.events.list({ calendarId: 'primary' });
      return (data.items ?? []).map(({ summary }) => summary);
    } catch (error) {
      throw google.failure ?? error;
    }
  }
}
