import { Inject, Injectable } from '@nestjs/common';
import { ProviderApi } from '../providers/provider-api.js';
import { ProviderUnavailableError, TokenRefusedError } from '../providers/provider.errors.js';
import { PROVIDER_URLS, type ProviderUrls } from '../providers/provider-urls.js';
import { fieldsOf, textOf } from '../providers/untrusted.js';

const MOST_CHANNELS = 20;
/** What Slack calls a token that is over, with the status 200 like everything else. */
const REFUSALS = new Set(['invalid_auth', 'token_expired', 'token_revoked', 'not_authed', 'account_inactive']);

/** Slack, as far as the app uses it. */
@Injectable()
export class ChannelsService {
  constructor(
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(PROVIDER_URLS) private readonly urls: ProviderUrls,
  ) {}

  /** The names of the channels that the user is in. */
  async joined(accessToken: string): Promise<string[]> {
    const answer = fieldsOf(
      await this.api.get(`${this.urls.slack}/conversations.list?exclude_archived=true&limit=200`, accessToken),
    );
    if (answer.ok !== true) throw refusal(textOf(answer.error));
    const { channels } = answer;
    if (!Array.isArray(channels))
      throw new ProviderUnavailableError({ cause: new Error('the answer has no channels') });
    return channels
      .filter((channel) => fieldsOf(channel).is_member === true)
      .map((channel) => textOf(fieldsOf(channel).name))
      .filter((name) => name !== undefined)
      .slice(0, MOST_CHANNELS);
  }
}

function refusal(error: string | undefined): Error {
  return REFUSALS.has(error ?? '')
    ? new TokenRefusedError()
    : new ProviderUnavailableError({ cause: new Error(error) });
}
