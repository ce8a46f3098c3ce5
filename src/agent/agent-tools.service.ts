import { Inject, Injectable } from '@nestjs/common';
import { tool, type ToolSet } from 'ai';
import { ConnectedAccountsService, type LoginSession } from 'nestjs-auth0-connect';
import { z } from 'zod';
import { CalendarService } from '../calendar/calendar.service.js';
import { ProviderApi } from '../providers/provider-api.js';
import { GITHUB, GOOGLE, SLACK, type Provider } from '../providers/providers.js';
import { RepositoriesService } from '../repositories/repositories.service.js';
import { ChannelsService } from '../slack/channels.service.js';

/** Which account each tool needs. */
export const TOOL_ACCOUNTS = {
  readCalendar: GOOGLE,
  listRepositories: GITHUB,
  listChannels: SLACK,
} as const satisfies Record<string, Provider>;

export type ToolName = keyof typeof TOOL_ACCOUNTS;

/** What the agent can do for the person of a session, each with the access token of the account that it needs. */
@Injectable()
export class AgentTools {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(CalendarService) private readonly calendar: CalendarService,
    @Inject(RepositoriesService) private readonly repositories: RepositoriesService,
    @Inject(ChannelsService) private readonly channels: ChannelsService,
  ) {}

  /** No tool takes a user: for whom it acts is said by the session, and not by what the model writes. */
  of(session: LoginSession): Record<ToolName, ToolSet[string]> {
    const withToken = async <T>(name: ToolName, call: (accessToken: string) => Promise<T>): Promise<T> => {
      const { connection, scopes } = TOOL_ACCOUNTS[name];
      const { accessToken } = await this.accounts.getAccessTokenForConnection(session, { connection, scopes });
      return this.api.withFreshToken(session, { connection, scopes }, accessToken, call);
    };
    const inputSchema = z.object({});
    return {
      readCalendar: tool({
        description: 'What is next in the calendar of the user',
        inputSchema,
        execute: () => withToken('readCalendar', (token) => this.calendar.upcoming(token)),
      }),
      listRepositories: tool({
        description: 'The repositories that the user has worked on last',
        inputSchema,
        execute: () => withToken('listRepositories', (token) => this.repositories.recent(token)),
      }),
      listChannels: tool({
        description: 'The Slack channels that the user is in',
        inputSchema,
        execute: () => withToken('listChannels', (token) => this.channels.joined(token)),
      }),
    };
  }
}
