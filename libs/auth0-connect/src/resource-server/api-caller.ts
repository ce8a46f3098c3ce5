import type { UserClaims } from '../session/user-claims.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

/**
 * Whoever calls this API, as the verified access token tells it. Services take it as the subject on whose behalf they
 * act. The token itself is inside and does not come out: not by a property, `JSON.stringify` or a log.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2.2
 */
export class ApiCaller {
  readonly #verified: VerifiedAccessToken;
  readonly #accessToken: string;
  #user: UserClaims | undefined;

  /** @internal */
  constructor(verified: VerifiedAccessToken, accessToken: string) {
    this.#verified = verified;
    this.#accessToken = accessToken;
  }

  /** `sub` of the token. */
  get userId(): string {
    return this.#verified.userId;
  }

  /** What the token was granted. */
  get scopes(): readonly string[] {
    return this.#verified.scopes;
  }

  /** What the user's roles permit: the claim `permissions`, which Auth0 adds where the API has RBAC on. */
  get permissions(): readonly string[] {
    return this.#verified.permissions;
  }

  /** Everything the token says. Nothing in it can be changed: other requests with this token are given the same. */
  get claims(): Readonly<Record<string, unknown>> {
    return this.#verified.claims;
  }

  /** When the token ends. */
  get expiresAt(): Date {
    return new Date(this.#verified.expiresAt);
  }

  /** The organization the user logged in with, `org_...`. */
  get orgId(): string | undefined {
    return this.#verified.orgId;
  }

  /** What the token says about the user. `sub` is there; the rest is up to the tenant. An object of this request alone. */
  get user(): UserClaims {
    this.#user ??= { ...this.#verified.user };
    return this.#user;
  }

  /** @internal For Token Vault alone. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** @internal */
  get issuerOrigin(): string {
    return this.#verified.issuerOrigin;
  }

  /** @internal */
  get userKey(): string {
    return this.#verified.userKey;
  }

  /** @internal Whose stored tokens it may read. */
  get ownerKey(): string {
    return this.#verified.ownerKey;
  }

  /** For logs and answers: without the token. */
  toJSON(): { userId: string; scopes: readonly string[]; claims: object; expiresAt: Date; org?: string } {
    const { userId, scopes, claims, expiresAt, orgId: org } = this;
    return { userId, scopes, claims, expiresAt, ...(org !== undefined && { org }) };
  }
}
