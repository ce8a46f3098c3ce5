import { In } from 'typeorm';
import type { StoredTransaction, TransactionStore } from '../../transactions/ports.js';
import type { Transaction } from '../../transactions/transaction.js';
import { ConnectTransactionEntity } from '../entities/transaction.entity.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { placeIn, TABLES } from '../tables.js';

/** Nothing of a row is believed but this, which nobody makes or changes without our secret. */
interface SealedTransaction extends Pick<StoredTransaction, 'owner' | 'expiresAt' | 'transaction'> {
  readonly instanceKey: string;
}

export class TypeOrmTransactionStore implements TransactionStore {
  private readonly transactions: Rows<ConnectTransactionEntity>;

  constructor(
    database: Database,
    private readonly sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {
    this.transactions = new Rows(database, ConnectTransactionEntity);
  }

  async insert({ id, owner, sessionId, transaction, createdAt, expiresAt }: StoredTransaction): Promise<void> {
    const sealed: SealedTransaction = { instanceKey: this.instanceKey, owner, expiresAt, transaction };
    await this.transactions.insert({
      id,
      instanceKey: this.instanceKey,
      kind: transaction.kind,
      owner,
      sessionId: sessionId ?? null,
      payload: await this.sealed.sealText(JSON.stringify(sealed), placeIn(TABLES.transactions, 'payload', id)),
      createdAt,
      expiresAt,
    });
  }

  async find(id: string): Promise<Pick<StoredTransaction, 'owner' | 'transaction' | 'expiresAt'> | undefined> {
    const row = await this.transactions.findOne({ where: { id, instanceKey: this.instanceKey } });
    const payload = row && (await this.sealed.open(row.payload, placeIn(TABLES.transactions, 'payload', id)));
    if (payload === undefined || payload === null) return undefined;
    const { instanceKey, ...pending } = JSON.parse(payload) as SealedTransaction;
    return instanceKey === this.instanceKey ? pending : undefined;
  }

  async kindOf(id: string): Promise<Transaction['kind'] | undefined> {
    const row = await this.transactions.findOne({
      select: { id: true, kind: true },
      where: { id, instanceKey: this.instanceKey },
    });
    return row?.kind;
  }

  async remove(id: string, owner: string): Promise<boolean> {
    return (await this.transactions.delete({ id, owner, instanceKey: this.instanceKey })) === 1;
  }

  async trim(owner: string, keep: number): Promise<void> {
    const surplus = await this.transactions.find({
      select: { id: true },
      where: { owner },
      order: { createdAt: 'DESC', id: 'ASC' },
      skip: keep,
      take: 100,
    });
    if (surplus.length > 0) await this.transactions.delete({ id: In(surplus.map(({ id }) => id)) });
  }
}
