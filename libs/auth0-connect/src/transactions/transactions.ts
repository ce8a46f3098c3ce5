import { Inject, Injectable } from '@nestjs/common';
import { InvalidCallbackError, InvalidStateError } from '../errors/index.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { digest } from '../shared/digest.js';
import { isRandomToken } from '../shared/random.js';
import { TRANSACTION_STORE, type TransactionStore } from './ports.js';
import type { Transaction } from './transaction.js';

/** Nobody has more tabs open than this; what is older gives way. */
const PENDING_PER_OWNER = 20;

/** Pending logins and connects: typed, used once, short-lived, bound to who began them. */
@Injectable()
export class Transactions {
  constructor(
    @Inject(TRANSACTION_STORE) private readonly store: TransactionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async save(
    state: string,
    transaction: Transaction,
    options: { owner: string; sessionId?: string; ttlMs: number },
  ): Promise<Date> {
    const now = this.clock.now();
    await this.store.insert({
      id: digest(state),
      owner: options.owner,
      sessionId: options.sessionId,
      transaction,
      createdAt: now,
      expiresAt: now + options.ttlMs,
    });
    await this.store.trim(options.owner, PENDING_PER_OWNER);
    return new Date(now + options.ttlMs);
  }

  /** What kind of transaction waits for this `state`, without touching it. */
  async kindOf(state: string): Promise<Transaction['kind'] | undefined> {
    return isRandomToken(state) ? this.store.kindOf(digest(state)) : undefined;
  }

  /**
   * Takes the transaction out of the store for its owner, once.
   * @throws InvalidStateError when there is none for this owner: unknown, used, expired, somebody else's
   * @throws InvalidCallbackError when it is of the other kind; it is gone then
   */
  async consume<Kind extends Transaction['kind']>(
    state: string,
    kind: Kind,
    owner: string,
  ): Promise<Extract<Transaction, { kind: Kind }>> {
    if (!isRandomToken(state)) throw new InvalidStateError();
    const id = digest(state);
    const found = await this.store.find(id);
    if (!found || found.owner !== owner || !(await this.store.remove(id, owner))) throw new InvalidStateError();
    if (found.expiresAt <= this.clock.now()) throw new InvalidStateError();
    const { transaction } = found;
    if (transaction.kind !== kind) {
      throw new InvalidCallbackError(`This answer completes a ${transaction.kind}, not a ${kind}. Start again`);
    }
    return transaction as Extract<Transaction, { kind: Kind }>;
  }
}
