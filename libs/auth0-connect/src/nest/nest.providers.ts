import type { Provider } from '@nestjs/common';
import { APP_ADDRESSES } from '../ports/app-addresses.js';
import { FailedCallbacks } from './controllers/failed-callbacks.js';
import { InsertedResourceMetadata } from './controllers/inserted-resource-metadata.js';
import { LoginLink } from './controllers/login-link.js';
import { Answers } from './request/answers.service.js';
import { AppAddressesService } from './request/app-addresses.service.js';
import { Challenges } from './request/challenges.js';
import { ConnectCookies } from './request/cookies.service.js';
import { ModuleInstance } from './request/module-instance.js';
import { RequestAuthenticator } from './request/request-authenticator.js';
import { RequestCredentials } from './request/request-credentials.js';
import { RequestDomains } from './request/request-domains.js';

/** What the edge has for each instance; what all instances share is in `edge.module.ts`. */
export const nestProviders: Provider[] = [
  { provide: APP_ADDRESSES, useClass: AppAddressesService },
  Answers,
  Challenges,
  ConnectCookies,
  FailedCallbacks,
  InsertedResourceMetadata,
  LoginLink,
  ModuleInstance,
  RequestAuthenticator,
  RequestCredentials,
  RequestDomains,
];
