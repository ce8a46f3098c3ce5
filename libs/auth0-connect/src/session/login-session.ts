import type { SessionRecord } from './ports.js';

/** The claims of the ID token about the user, OpenID Connect Core section 5.1 and what the tenant adds. */
export interface UserClaims {
  /** The user's id at Auth0: `auth0|...`, `google-oauth2|...`. */
  readonly sub: string;
  readonly name?: string;
  readonly nickname?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly picture?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly org_id?: string;
  readonly org_name?: string;
  readonly [claim: string]: unknown;
}

/**
 * One browser's login, as a request sees it: who it is and how long it lasts. It holds no token; services take it as
 * the subject on whose behalf they act.
 */
export class LoginSession {
  private claims: UserClaims | undefined;

  /** @internal */
  constructor(/** @internal */ readonly record: SessionRecord) {}

  /** Names the session in `SessionService`; it is not what the cookie holds and logs nobody in. */
  get id(): string {
    return this.record.id;
  }

  /** `sub` of the user. */
  get userId(): string {
    return this.record.userId;
  }

  get user(): UserClaims {
    this.claims ??= JSON.parse(this.record.claims) as UserClaims;
    return this.claims;
  }

  get createdAt(): Date {
    return new Date(this.record.createdAt);
  }

  /** When it ends unless it is used before. */
  get expiresAt(): Date {
    return new Date(this.record.expiresAt);
  }

  toJSON(): { id: string; user: UserClaims; createdAt: Date; expiresAt: Date } {
    return { id: this.id, user: this.user, createdAt: this.createdAt, expiresAt: this.expiresAt };
  }
}
