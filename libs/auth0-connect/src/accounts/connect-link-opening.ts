import { Inject, Injectable } from '@nestjs/common';
import {
  ConnectLinkExpiredError,
  ConnectLinkNotFoundError,
  ConnectLinkUsedError,
  ConnectLinkWrongUserError,
} from '../errors/index.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import type { LoginSession } from '../session/login-session.js';
import type { StoredConnectLink } from './connect-link.js';
import { ConnectFlow } from './connect-flow.js';
import { ConnectLinks, isFor } from './connect-links.js';
import { identityOf } from './subject.js';

/** What a person who has opened a link is shown next. */
export type OpenedLink =
  /** They have to log in first. */
  | { readonly next: 'login'; readonly orgId: string | undefined }
  /** At the provider. */
  | { readonly next: 'consent'; readonly url: string }
  /** It has come to its end before. `failure` is a code of ours. */
  | {
      readonly next: 'end';
      readonly returnTo: string | undefined;
      readonly connection: string;
      readonly failure?: string;
    };

/** What becomes of somebody who opens a link. Nothing of the link is told to anybody but its user. */
@Injectable()
export class ConnectLinkOpening {
  constructor(
    @Inject(ConnectLinks) private readonly links: ConnectLinks,
    @Inject(ConnectFlow) private readonly flow: ConnectFlow,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
  ) {}

  /**
   * The link, if somebody at this domain may look at it. Nothing is done yet.
   * @throws ConnectLinkNotFoundError
   */
  async find(token: string, issuerOrigin: string): Promise<StoredConnectLink> {
    const link = await this.links.find(token);
    if (!link || link.need.issuerOrigin !== issuerOrigin) throw new ConnectLinkNotFoundError();
    return link;
  }

  /**
   * @param session who has opened it, if they are logged in
   * @param appBaseUrl where their browser is
   * @throws ConnectLinkExpiredError, ConnectLinkUsedError, ConnectLinkWrongUserError, and what beginning a connect throws
   */
  async open(link: StoredConnectLink, session: LoginSession | undefined, appBaseUrl: string): Promise<OpenedLink> {
    const { need, state, failure } = link;
    if (!session) {
      this.assertOpen(link);
      return { next: 'login', orgId: need.orgId };
    }
    if (!isFor(link, identityOf(session))) throw new ConnectLinkWrongUserError();
    const { returnTo, connection } = need;
    if (state === 'connected') return { next: 'end', returnTo, connection };
    if (state === 'failed') return { next: 'end', returnTo, connection, failure };
    this.assertOpen(link);
    return { next: 'consent', url: await this.beginConsent(link, session, appBaseUrl) };
  }

  /** Each opening asks Auth0 anew: a link is used up by an answer and not by a look at it. */
  private async beginConsent(link: StoredConnectLink, session: LoginSession, appBaseUrl: string): Promise<string> {
    const { connection, scopes, loginHint } = link.need;
    const { connectUrl } = await this.flow.start(
      session,
      {
        connection,
        scopes,
        appBaseUrl,
        returnTo: this.addresses.link(appBaseUrl, link.token),
        authorizationParams: loginHint === undefined ? undefined : { login_hint: loginHint },
      },
      link.id,
    );
    await this.links.opened(link);
    return connectUrl;
  }

  private assertOpen(link: StoredConnectLink): void {
    if (this.links.isOpen(link)) return;
    if (link.state === 'pending' || link.state === 'opened') throw new ConnectLinkExpiredError();
    throw new ConnectLinkUsedError();
  }
}
