import type { DataSource, Repository } from 'typeorm';
import { digest } from '../../shared/digest.js';
import type { ReplayStore } from '../../ports/replay-store.js';
import { ReplayEntity } from '../entities/replay.entity.js';

export class TypeOrmReplayStore implements ReplayStore {
  private readonly replays: Repository<ReplayEntity>;

  constructor(
    dataSource: DataSource,
    private readonly instanceKey: string,
  ) {
    this.replays = dataSource.getRepository(ReplayEntity);
  }

  async remember(kind: string, jti: string, expiresAt: number): Promise<boolean> {
    const id = this.idOf(kind, jti);
    try {
      // The primary key decides who was first, in all processes at once.
      await this.replays.insert({ id, expiresAt });
      return true;
    } catch (error) {
      if (await this.replays.existsBy({ id })) return false;
      throw error;
    }
  }

  async has(kind: string, jti: string): Promise<boolean> {
    return this.replays.existsBy({ id: this.idOf(kind, jti) });
  }

  private idOf(kind: string, jti: string): string {
    return digest('replay', this.instanceKey, kind, jti);
  }
}
