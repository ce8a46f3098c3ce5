import { apiAccessTokenId } from '../../session/keys.js';
import type { ApiAccessTokenKey, ApiAccessTokenStore } from '../../session/ports.js';
import type { StoredToken, TokenState } from '../../tokens/ports.js';
import type { ApiAccessTokenEntity } from '../entities/api-access-token.entity.js';
import type { Database } from '../statements/database.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { TABLES } from '../tables.js';
import { TypeOrmTokenStore } from './token.store.js';

export class TypeOrmApiAccessTokenStore
  extends TypeOrmTokenStore<ApiAccessTokenKey, ApiAccessTokenEntity>
  implements ApiAccessTokenStore
{
  constructor(database: Database, sealed: SealedColumns, maxPerOwner: number) {
    super(database, TABLES.apiAccessTokens, sealed, maxPerOwner, ['tokenType']);
  }

  async findForAudience(
    sessionId: string,
    audience: string,
  ): Promise<{ requestedScopes: readonly string[]; state: TokenState }[]> {
    const rows = await this.rows.find({ where: { owner: sessionId, audience } });
    const found = rows.map((row) => ({ row, requestedScopes: row.requestedScopes.split(' ').filter(Boolean) }));
    return Promise.all(
      found
        // A collation may take another case for the same, and whoever writes into the table a token for that of another API.
        .filter(({ row, requestedScopes }) => row.slot === apiAccessTokenId(audience, requestedScopes))
        .map(async ({ row, requestedScopes }) => ({ requestedScopes, state: await this.toState(row) })),
    );
  }

  async forget(key: ApiAccessTokenKey): Promise<void> {
    await this.rows.update(this.at(key), { accessToken: null, expiresAt: null });
  }

  protected override tokenColumns({ tokenType }: StoredToken): Partial<ApiAccessTokenEntity> {
    return { tokenType: tokenType === 'DPoP' ? 'dpop' : null };
  }

  protected labels({ audience, requestedScopes }: ApiAccessTokenKey): Partial<ApiAccessTokenEntity> {
    return { audience, requestedScopes: requestedScopes.join(' ') };
  }
}
