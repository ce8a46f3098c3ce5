import { Inject, Injectable } from '@nestjs/common';
import { LoginRequiredError } from '../errors/index.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { dpopProof, type DpopProofRequest } from './dpop-keys.js';
import type { LoginSession } from './login-session.js';
import { SESSION_STORE, type SessionStore } from './ports.js';

/** DPoP proofs with the key of a session. The key stays here. */
@Injectable()
export class DpopProofSigner {
  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws LoginRequiredError when the session is gone, or was begun without a key */
  async create(session: LoginSession, request: DpopProofRequest): Promise<string> {
    const key = await this.store.readDpopKey(session.id);
    if (key === undefined) throw new LoginRequiredError('This session holds no key for DPoP. Log in again');
    return dpopProof(key, request, this.clock.now());
  }
}
