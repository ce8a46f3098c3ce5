import type { Provider } from '@nestjs/common';
import { Approvals } from './approvals.js';
import { BackchannelLogins } from './backchannel-logins.js';
import { BackchannelLogout } from './backchannel-logout.js';
import { BackchannelRequests } from './backchannel-requests.js';
import { LoginFlow } from './login-flow.js';
import { LoginService } from './login.service.js';
import { Logout } from './logout.js';
import { LogoutTokenVerifier } from './logout-token.verifier.js';
import { SessionStarter } from './session-starter.js';
import { TokenExchangeLogins } from './token-exchange-logins.js';

/** Login in all its kinds, and logout. */
export const loginProviders: Provider[] = [
  Approvals,
  BackchannelLogins,
  BackchannelLogout,
  BackchannelRequests,
  LoginFlow,
  LoginService,
  Logout,
  LogoutTokenVerifier,
  SessionStarter,
  TokenExchangeLogins,
];
