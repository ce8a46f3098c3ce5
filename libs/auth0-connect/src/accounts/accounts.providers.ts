import type { Provider } from '@nestjs/common';
import { BackgroundSessions } from './background-sessions.js';
import { ConnectFlow } from './connect-flow.js';
import { ConnectLinkOpening } from './connect-link-opening.js';
import { ConnectLinks } from './connect-links.js';
import { ConnectOffers } from './connect-offers.js';
import { ConnectedAccountsService } from './connected-accounts.service.js';
import { ProviderFetches } from './provider-fetches.js';
import { ConnectionScopes } from './connection-scopes.js';
import { ConnectionTokens } from './connection-tokens.js';
import { MyAccountTokens } from './my-account-tokens.js';
import { SubjectTokenSource } from './subject-token.source.js';

/** Connected accounts, connection tokens, the connect flow. */
export const accountsProviders: Provider[] = [
  BackgroundSessions,
  ConnectFlow,
  ConnectLinkOpening,
  ConnectLinks,
  ConnectOffers,
  ConnectedAccountsService,
  ProviderFetches,
  ConnectionScopes,
  ConnectionTokens,
  MyAccountTokens,
  SubjectTokenSource,
];
