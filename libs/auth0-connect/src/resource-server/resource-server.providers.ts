import type { Provider } from '@nestjs/common';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { ApiCallers } from './api-callers.js';
import { DpopProofVerifier } from './dpop-proof.verifier.js';
import { RememberedAccessTokens } from './remembered-access-tokens.js';

/** Access tokens and DPoP proofs that callers bring. */
export const resourceServerProviders: Provider[] = [
  AccessTokenVerifier,
  ApiCallers,
  DpopProofVerifier,
  RememberedAccessTokens,
];
