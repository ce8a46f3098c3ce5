import { Column, Entity, Index } from 'typeorm';
import { TokenRow } from './token-row.js';

/** An Auth0 access token of a session, for one audience and one set of requested scopes. */
@Entity({ name: 'auth0_connect_api_access_tokens' })
@Index(['sessionId'])
@Index(['purgeAt'])
export class ApiAccessTokenEntity extends TokenRow {
  /** Empty where the token is for no API but `/userinfo`. */
  @Column({ name: 'audience', type: 'varchar', length: 600 })
  audience: string;

  /** `dpop` for a token that is bound to the session's key; null for a bearer token. */
  @Column({ name: 'token_type', type: 'varchar', length: 16, nullable: true })
  tokenType: string | null;

  /** What was asked for, sorted, separated by spaces. */
  @Column({ name: 'requested_scopes', type: 'text' })
  requestedScopes: string;
}
