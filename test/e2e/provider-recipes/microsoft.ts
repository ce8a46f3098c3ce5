import { Client, type Context } from '@microsoft/microsoft-graph-client';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { AccessTokenGuard, ConnectedFetch, type ProviderFetch } from 'nestjs-auth0-connect';

const GRAPH_API = process.env.GRAPH_API ?? 'https://graph.microsoft.com/';
const ORIGINS = [new URL(GRAPH_API).origin];

/** In place of its own middleware, which calls the global `fetch`. */
function sendBy(send: ProviderFetch): { execute(context: Context): Promise<void> } {
  return {
    async execute(context) {
      context.response = await send(context.request, context.options);
    },
  };
}

@Controller('meetings')
@UseGuards(AccessTokenGuard)
export class MeetingsController {
  @Get()
  async list(
    @ConnectedFetch('windowslive', { origins: ORIGINS, scopes: ['Calendars.Read'] }) graph: ProviderFetch,
  ): Promise<string[]> {
    const client = Client.initWithMiddleware({ baseUrl: GRAPH_API, middleware: sendBy(graph) });
    try {
      const { value } = (await client.api('/me/events').get()) as { value: { subject: string }[] };
      return value.map(({ subject }) => subject);
    } catch (error) {
      throw graph.failure ?? error;
    }
  }
}
