import { Inject, Injectable } from '@nestjs/common';
import { ProviderApi } from './provider-api.js';
import { PROVIDER_URLS, type ProviderUrls } from './provider-urls.js';
import { GOOGLE } from './providers.js';
import { fieldsOf, textOf } from './untrusted.js';

/** Asks a provider whose account an access token is good for. */
@Injectable()
export class AccountIdentity {
  constructor(
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(PROVIDER_URLS) private readonly urls: ProviderUrls,
  ) {}

  /**
   * The account's address, where what the app asks for is enough to learn it.
   * @throws TokenRefusedError, ProviderUnavailableError
   */
  async addressOf(connection: string, accessToken: string): Promise<string | undefined> {
    if (connection !== GOOGLE.connection) return undefined;
    // A primary calendar has its owner's address for an id.
    return textOf(fieldsOf(await this.api.get(`${this.urls.googleCalendar}/calendars/primary`, accessToken)).id);
  }
}
