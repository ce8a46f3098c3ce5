import { LessThan } from 'typeorm';
import { digest } from '../../shared/digest.js';
import type { ReplayStore } from '../../ports/replay-store.js';
import { ReplayEntity } from '../entities/replay.entity.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';

export class TypeOrmReplayStore implements ReplayStore {
  private readonly replays: Rows<ReplayEntity>;

  constructor(
    database: Database,
    private readonly instanceKey: string,
  ) {
    this.replays = new Rows(database, ReplayEntity);
  }

  async remember(kind: string, jti: string, expiresAt: number): Promise<boolean> {
    const id = this.idOf(kind, jti);
    try {
      // The primary key decides who was first, in all processes at once.
      await this.replays.insert({ id, expiresAt });
      return true;
    } catch (error) {
      if (await this.replays.exists({ id })) return false;
      throw error;
    }
  }

  async has(kind: string, jti: string): Promise<boolean> {
    return this.replays.exists({ id: this.idOf(kind, jti) });
  }

  async rememberUntil(kind: string, jti: string, expiresAt: number): Promise<void> {
    if (await this.remember(kind, jti, expiresAt)) return;
    await this.replays.update({ id: this.idOf(kind, jti), expiresAt: LessThan(expiresAt) }, { expiresAt });
  }

  async rememberedUntil(kind: string, jti: string): Promise<number | undefined> {
    return (await this.replays.findOne({ where: { id: this.idOf(kind, jti) } }))?.expiresAt;
  }

  private idOf(kind: string, jti: string): string {
    return digest('replay', this.instanceKey, kind, jti);
  }
}
