import type { Provider } from '@nestjs/common';
import { SignedTokenVerifier } from './signed-token.verifier.js';

/** What Auth0 signs with, and the check of what it has signed. */
export const issuerProviders: Provider[] = [SignedTokenVerifier];
