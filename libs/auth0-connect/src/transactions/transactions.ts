import { Inject, Injectable } from '@nestjs/common';
import {
  Auth0ConnectError,
  CallbackFailedError,
  InvalidCallbackError,
  InvalidRequestError,
  InvalidStateError,
  type CallbackOrigin,
} from '../errors/index.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { digest } from '../shared/digest.js';
import { isRandomToken } from '../shared/random.js';
import { TRANSACTION_STORE, type StoredTransaction, type TransactionStore } from './ports.js';
import type { Transaction } from './transaction.js';

/** At most so many are pending per owner; the oldest are deleted. */
const PENDING_PER_OWNER = 20;

/** Sealed it fits the smallest column that there is, 64 kB. */
const LARGEST_BYTES = 40_000;

type Of<Kind extends Transaction['kind']> = Extract<Transaction, { kind: Kind }>;

/** Pending logins and connects: typed, used once, short-lived, bound to who began them. */
@Injectable()
export class Transactions {
  constructor(
    @Inject(TRANSACTION_STORE) private readonly store: TransactionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws InvalidRequestError when it is too large to be kept */
  async save(
    state: string,
    transaction: Transaction,
    options: { owner: string; sessionId?: string; ttlMs: number },
  ): Promise<Date> {
    if (Buffer.byteLength(JSON.stringify(transaction)) > LARGEST_BYTES) {
      throw new InvalidRequestError(
        'appState',
        `is too large: all that is kept until the callback has to fit ${LARGEST_BYTES} bytes`,
      );
    }
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
   * Takes the transaction out of the store for its owner, once, and completes it. Whatever goes wrong from there on is an
   * `Auth0ConnectError` that says where the person came from (`callback`).
   * @param owners of which one may be the transaction's
   * @throws InvalidStateError when there is none for this owner: unknown, used, expired, somebody else's
   * @throws InvalidCallbackError when it is of the other kind; it is gone then
   */
  async complete<Kind extends Transaction['kind'], Result>(
    state: string,
    kind: Kind,
    owners: readonly string[],
    work: (transaction: Of<Kind>) => Promise<Result>,
  ): Promise<Result> {
    const transaction = await this.take(state, owners);
    try {
      if (!isOfKind(transaction, kind)) {
        throw new InvalidCallbackError(`This answer completes a ${transaction.kind}, not a ${kind}. Start again`);
      }
      return await work(transaction);
    } catch (thrown) {
      throw tellingOrigin(
        thrown instanceof Auth0ConnectError ? thrown : new CallbackFailedError({ cause: thrown }),
        transaction,
      );
    }
  }

  /**
   * An error that ends a callback of nobody, and says where the person came from as far as that is known. The transaction
   * stays: its owner may be there in another browser.
   */
  async refusal(state: string, error: Auth0ConnectError): Promise<Auth0ConnectError> {
    const found = isRandomToken(state) ? await this.store.find(digest(state)) : undefined;
    return found && found.expiresAt > this.clock.now() ? tellingOrigin(error, found.transaction) : error;
  }

  private async take(state: string, owners: readonly string[]): Promise<Transaction> {
    const id = isRandomToken(state) ? digest(state) : undefined;
    const found = id === undefined ? undefined : await this.store.find(id);
    if (id === undefined || !found || !(await this.isTaken(id, found, owners))) throw new InvalidStateError();
    if (found.expiresAt <= this.clock.now()) throw new InvalidStateError();
    return found.transaction;
  }

  private async isTaken(id: string, { owner }: Pick<StoredTransaction, 'owner'>, owners: readonly string[]) {
    return owners.includes(owner) && this.store.remove(id, owner);
  }
}

function tellingOrigin(error: Auth0ConnectError, transaction: Transaction): Auth0ConnectError {
  const { kind, returnTo, appState } = transaction;
  const connection = transaction.kind === 'connect' ? transaction.connection : undefined;
  const callback: CallbackOrigin = { kind, returnTo, appState, connection };
  // Not enumerable: who prints the error has no use for where somebody wanted to go.
  return Object.defineProperty(error, 'callback', { value: callback, configurable: true });
}

function isOfKind<Kind extends Transaction['kind']>(transaction: Transaction, kind: Kind): transaction is Of<Kind> {
  return transaction.kind === kind;
}
