import type { DataSource } from 'typeorm';
import type { ApiAccessTokenKey, ApiAccessTokenStore } from '../../session/ports.js';
import type { StoredToken, TokenState } from '../../tokens/ports.js';
import type { ApiAccessTokenEntity } from '../entities/api-access-token.entity.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { TABLES } from '../tables.js';
import { TypeOrmTokenStore, type StateRow } from './token.store.js';

export class TypeOrmApiAccessTokenStore
  extends TypeOrmTokenStore<ApiAccessTokenKey, ApiAccessTokenEntity>
  implements ApiAccessTokenStore
{
  constructor(dataSource: DataSource, sealed: SealedColumns, maxPerOwner: number) {
    super(dataSource, TABLES.apiAccessTokens, sealed, maxPerOwner, ['tokenType']);
  }

  async findForAudience(
    sessionId: string,
    audience: string,
  ): Promise<{ requestedScopes: readonly string[]; state: TokenState }[]> {
    const rows = await this.rows.findBy({ owner: sessionId, audience });
    return Promise.all(
      rows
        .filter((row) => row.audience === audience) // a collation may take another case for the same
        .map(async (row) => ({
          requestedScopes: row.requestedScopes.split(' ').filter(Boolean),
          state: await this.toState(row),
        })),
    );
  }

  async forget(key: ApiAccessTokenKey): Promise<void> {
    await this.rows.update(this.at(key), { accessToken: null, expiresAt: null });
  }

  protected override tokenColumns({ tokenType }: StoredToken): Partial<ApiAccessTokenEntity> {
    return { tokenType: tokenType === 'DPoP' ? 'dpop' : null };
  }

  protected override async toState(row: StateRow & Partial<ApiAccessTokenEntity>): Promise<TokenState> {
    const state = await super.toState(row);
    if (!state.token || row.tokenType !== 'dpop') return state;
    return { ...state, token: { ...state.token, tokenType: 'DPoP' } };
  }

  protected labels({ audience, requestedScopes }: ApiAccessTokenKey): Partial<ApiAccessTokenEntity> {
    return { audience, requestedScopes: requestedScopes.join(' ') };
  }
}
