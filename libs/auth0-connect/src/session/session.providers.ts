import type { Provider } from '@nestjs/common';
import { ApiAccessTokens } from './api-access-tokens.js';
import { DpopProofSigner } from './dpop-proof.signer.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionEnds } from './session-ends.js';
import { SessionLifecycle } from './session-lifecycle.js';
import { SessionService } from './session.service.js';

/** Sessions and what they hold: refresh tokens, API access tokens, DPoP keys. */
export const sessionProviders: Provider[] = [
  ApiAccessTokens,
  DpopProofSigner,
  RefreshTokens,
  SessionEnds,
  SessionLifecycle,
  SessionService,
];
