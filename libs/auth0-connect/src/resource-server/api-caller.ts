import type { UserClaims } from '../session/user-claims.js';
import { digest } from '../shared/digest.js';

/** What a verified access token says, and the token. */
export interface VerifiedAccessToken {
  readonly accessToken: string;
  /** The domain that issued it, an origin. */
  readonly issuerOrigin: string;
  /** Names the user in rows. */
  readonly userKey: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Claims about the token and not about the user, RFC 9068 section 2.2. */
const TOKEN_CLAIMS = new Set([
  'aud',
  'azp',
  'client_id',
  'cnf',
  'exp',
  'gty',
  'iat',
  'iss',
  'jti',
  'nbf',
  'permissions',
  'scope',
]);

/**
 * Whoever calls this API, as the verified access token tells it. Services take it as the subject on whose behalf they
 * act. The token itself is inside and does not come out: not by a property, `JSON.stringify` or a log.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2.2
 */
export class ApiCaller {
  readonly #verified: VerifiedAccessToken;
  #user: UserClaims | undefined;

  /** @internal */
  constructor(verified: VerifiedAccessToken) {
    this.#verified = verified;
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
    const { permissions } = this.#verified.claims;
    return Array.isArray(permissions) ? permissions.filter((name): name is string => typeof name === 'string') : [];
  }

  /** Everything the token says. */
  get claims(): Readonly<Record<string, unknown>> {
    return this.#verified.claims;
  }

  /** When the token ends. */
  get expiresAt(): Date {
    return new Date(this.#verified.expiresAt);
  }

  /** The organization the user logged in with, `org_...`. */
  get orgId(): string | undefined {
    return textOf(this.#verified.claims.org_id);
  }

  /** What the token says about the user. `sub` is there; the rest is up to the tenant. */
  get user(): UserClaims {
    this.#user ??= aboutTheUser(this.#verified);
    return this.#user;
  }

  /** @internal For Token Vault alone. */
  get accessToken(): string {
    return this.#verified.accessToken;
  }

  /** @internal */
  get issuerOrigin(): string {
    return this.#verified.issuerOrigin;
  }

  /** @internal */
  get userKey(): string {
    return this.#verified.userKey;
  }

  /**
   * @internal Whose stored tokens it may read: those of the same user by the same application, with the same organization,
   * scopes and permissions, acting for the same party (`act`), authenticated as strongly (`acr`), for the same transaction
   * (`authorization_details`). A token that can do less never sees what one that can do more has got.
   */
  get ownerKey(): string {
    const { userKey, scopes, claims } = this.#verified;
    const client = textOf(claims.azp) ?? textOf(claims.client_id) ?? '';
    const permissions = Array.isArray(claims.permissions) ? claims.permissions.map(String) : [];
    const sets = [scopes, permissions].map((set) => JSON.stringify(set.toSorted()));
    const others = [claims.authorization_details, claims.act, claims.acr].map((claim) => JSON.stringify(claim ?? null));
    return digest('api-caller', userKey, client, this.orgId ?? '', ...sets, ...others);
  }

  /** For logs and answers: without the token. */
  toJSON(): { userId: string; scopes: readonly string[]; claims: object; expiresAt: Date; org?: string } {
    const { userId, scopes, claims, expiresAt, orgId: org } = this;
    return { userId, scopes, claims, expiresAt, ...(org !== undefined && { org }) };
  }
}

function aboutTheUser({ claims, userId }: VerifiedAccessToken): UserClaims {
  const about = Object.entries(claims).filter(([name]) => !TOKEN_CLAIMS.has(name));
  return { ...Object.fromEntries(about), sub: userId };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
