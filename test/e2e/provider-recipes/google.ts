import { calendar } from '@googleapis/calendar';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { OAuth2Client } from 'google-auth-library';
import { AccessTokenGuard, ConnectedFetch, type ProviderFetch } from 'nestjs-auth0-connect';

const GOOGLE_API = process.env.GOOGLE_API ?? 'https://www.googleapis.com/';
const SCOPE = 'https://www.googleapis.com/auth/calendar.readonly';

@Controller('events')
@UseGuards(AccessTokenGuard)
export class EventsController {
  @Get()
  async list(
    @ConnectedFetch('google-oauth2', { origins: [new URL(GOOGLE_API).origin], scopes: [SCOPE] }) google: ProviderFetch,
  ): Promise<(string | null | undefined)[]> {
    const auth = new OAuth2Client({ transporterOptions: { fetchImplementation: google } });
    auth.setCredentials({ access_token: await google.token() });
    const client = calendar({ version: 'v3', auth, rootUrl: GOOGLE_API });
    try {
      const { data } = await client.events.list({ calendarId: 'primary' });
      return (data.items ?? []).map(({ summary }) => summary);
    } catch (error) {
      throw google.failure ?? error;
    }
  }
}
