import type { SessionRecord } from './ports.js';
import type { UserClaims } from './user-claims.js';

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

  /** The claims about the user. A copy for this session object, which may be added to. */
  get user(): UserClaims {
    // A copy of its own: what a handler adds to it does not reach another request.
    this.claims ??= { ...this.record.claims };
    return this.claims;
  }

  /** When it was begun, by Auth0's clock. */
  get createdAt(): Date {
    return new Date(this.record.createdAt);
  }

  /** When it ends unless it is used before. */
  get expiresAt(): Date {
    return new Date(this.record.expiresAt);
  }

  /** The organization the user logged in to, `org_...`. */
  get orgId(): string | undefined {
    const { org_id: orgId } = this.record.claims;
    return typeof orgId === 'string' && orgId !== '' ? orgId : undefined;
  }

  /** For logs and answers: no secret is in it. */
  toJSON(): { id: string; user: UserClaims; createdAt: Date; expiresAt: Date } {
    return { id: this.id, user: this.user, createdAt: this.createdAt, expiresAt: this.expiresAt };
  }
}
