import type { Transaction } from './transaction.js';

export const TRANSACTION_STORE = Symbol('auth0-connect:transaction-store');

export interface StoredTransaction {
  /** Digest of `state`. */
  readonly id: string;
  /** Digest of who may complete it. */
  readonly owner: string;
  /** The session it goes with. */
  readonly sessionId?: string;
  readonly transaction: Transaction;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface TransactionStore {
  insert(transaction: StoredTransaction): Promise<void>;
  find(id: string): Promise<Pick<StoredTransaction, 'owner' | 'transaction' | 'expiresAt'> | undefined>;
  kindOf(id: string): Promise<Transaction['kind'] | undefined>;
  /** One statement: of any number of callers exactly one gets true. */
  remove(id: string, owner: string): Promise<boolean>;
  /** Keeps the newest ones of an owner. */
  trim(owner: string, keep: number): Promise<void>;
}
