import { Inject, Injectable } from '@nestjs/common';
import type { ConnectOffer } from '../errors/index.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { LoginSession } from '../session/login-session.js';
import { ConnectFlow } from './connect-flow.js';
import type { TokenSubject } from './subject.js';

/** What puts it right that an account is not connected, or lacks a scope. */
@Injectable()
export class ConnectOffers {
  constructor(
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(ConnectFlow) private readonly flow: ConnectFlow,
  ) {}

  /**
   * @param wanted the account, and all scopes to ask for
   * @param returnTo where the person goes on afterwards, a path of the application
   */
  make(
    subject: TokenSubject,
    { connection, loginHint, scopes }: Pick<ConnectOffer, 'connection' | 'loginHint' | 'scopes'>,
    returnTo: string | undefined,
  ): ConnectOffer {
    return {
      connection,
      loginHint,
      scopes,
      connectUrl: this.addresses.connect({ connection, loginHint, scopes, returnTo }),
      ...(subject instanceof LoginSession && {
        startConnect: async () => {
          const authorizationParams = loginHint === undefined ? undefined : { login_hint: loginHint };
          return (await this.flow.start(subject, { connection, scopes, returnTo, authorizationParams })).connectUrl;
        },
      }),
    };
  }
}
