import { Controller, Get, UseGuards } from '@nestjs/common';
import { WebClient } from '@slack/web-api';
import { AccessTokenGuard, ConnectedFetch, type ProviderFetch } from 'nestjs-auth0-connect';

const SLACK_API = process.env.SLACK_API ?? 'https://slack.com/api/';

@Controller('channels')
@UseGuards(AccessTokenGuard)
export class ChannelsController {
  @Get()
  async list(
    @ConnectedFetch('slack', { origins: [new URL(SLACK_API).origin], scopes: ['channels:read'] }) slack: ProviderFetch,
  ): Promise<(string | undefined)[]> {
    const client = new WebClient(undefined, { slackApiUrl: SLACK_API, fetch: slack, retryConfig: { retries: 0 } });
    try {
      const { channels } = await client.conversations.list();
      return (channels ?? []).map(({ name }) => name);
    } catch (error) {
      throw slack.failure ?? error;
    }
  }
}
