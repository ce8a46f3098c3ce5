import { Inject, Injectable } from '@nestjs/common';
import type { ConnectOffer } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { LoginSession } from '../session/login-session.js';
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
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * @param wanted the account, and all scopes to ask for
   * @param browser where the person is, and goes on afterwards
   */
  make(
    subject: TokenSubject,
    { connection, loginHint, scopes }: Pick<ConnectOffer, 'connection' | 'loginHint' | 'scopes'>,
    { returnTo, appBaseUrl = this.options.appBaseUrls[0] }: BrowserPlace,
  ): ConnectOffer {
    return {
      connection,
      loginHint,
      scopes,
      connectUrl: this.addresses.connect({ appBaseUrl, connection, loginHint, scopes, returnTo }),
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
