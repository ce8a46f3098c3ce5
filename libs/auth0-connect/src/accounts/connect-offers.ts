import { Inject, Injectable } from '@nestjs/common';
import type { ConnectLink, ConnectOffer, CreateLinkOptions } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { LoginSession } from '../session/login-session.js';
import { ConnectLinks } from './connect-links.js';
import { ConnectFlow } from './connect-flow.js';
import type { TokenSubject } from './subject.js';

/** Where a person's browser is, and where it goes on after what an error offers. */
export interface BrowserPlace {
  readonly returnTo?: string;
  readonly appBaseUrl?: string;
}

/** What puts it right that an account is not connected, or lacks a scope. */
@Injectable()
export class ConnectOffers {
  constructor(
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(ConnectFlow) private readonly flow: ConnectFlow,
    @Inject(ConnectLinks) private readonly links: ConnectLinks,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * @param wanted the account, and all scopes to ask for
   * @param browser where the person is, and goes on afterwards
   */
  async make(
    subject: TokenSubject,
    { connection, loginHint, scopes }: Pick<ConnectOffer, 'connection' | 'loginHint' | 'scopes'>,
    { returnTo, appBaseUrl = this.options.appBaseUrls[0] }: BrowserPlace,
  ): Promise<ConnectOffer> {
    const createLink = (options?: CreateLinkOptions): Promise<ConnectLink> =>
      this.links.reuseOrCreate(subject, { connection, loginHint, scopes, returnTo, appBaseUrl, ...options });
    // The connect route goes by a session in the browser that opens it, which only a person at our pages is sure to have.
    const byLink = this.options.connectLinksInErrors && !(subject instanceof LoginSession);
    return {
      connection,
      loginHint,
      scopes,
      connectUrl: byLink
        ? (await createLink()).url
        : this.addresses.connect({ appBaseUrl, connection, loginHint, scopes, returnTo }),
      ...(this.links.areOn && { createLink }),
      ...(subject instanceof LoginSession && {
        startConnect: async () => {
          const authorizationParams = loginHint === undefined ? undefined : { login_hint: loginHint };
          const started = { connection, scopes, returnTo, appBaseUrl, authorizationParams };
          return (await this.flow.start(subject, started)).connectUrl;
        },
      }),
    };
  }
}
