import type { Adapter, AdapterPayload } from 'oidc-provider';
import { epochSeconds } from '../identifiers.js';

/** What an authorization was given for, kept for as long as its refresh tokens live. */
export interface AuthorizationFacts {
  /** The resource (see audiences.ts) of its first access token; none for userinfo only. */
  resource?: string;
  /** The scopes granted at the start. */
  scope: string;
  organization?: string;
}

/** How a refresh token has to look to oidc-provider during one call, as refresh-policy.ts decided. */
export interface RefreshView {
  resource?: string;
  scope: string;
}

/** Seconds that a pushed authorization request lives, which Auth0 lets nobody change. */
export const PUSHED_REQUEST_LIFETIME = 30;

type Stored = AdapterPayload & { storedUntil?: number };

/** Everything oidc-provider keeps, in memory; shared by every issuer of the tenant. */
export class OpenIdStore {
  readonly #models = new Map<string, Map<string, Stored>>();
  readonly #authorizations = new Map<string, AuthorizationFacts>();

  /** A stored record as it is. */
  get(model: string, id: string): AdapterPayload | undefined {
    const stored = this.#records(model).get(id);
    if (stored?.storedUntil !== undefined && stored.storedUntil < epochSeconds()) return undefined;
    return stored;
  }

  set(model: string, id: string, payload: AdapterPayload, expiresIn?: number): void {
    // A margin, so that what just expired is still told apart from what never was.
    const storedUntil = expiresIn === undefined ? undefined : epochSeconds() + expiresIn + 3600;
    this.#records(model).set(id, { ...payload, storedUntil });
  }

  delete(model: string, id: string): void {
    this.#records(model).delete(id);
  }

  find(model: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload[] {
    return [...this.#records(model).values()].filter(matches);
  }

  /** Notes what an authorization is for. */
  describe(grantId: string, facts: Partial<AuthorizationFacts>): void {
    this.#authorizations.set(grantId, { scope: '', ...this.#authorizations.get(grantId), ...facts });
  }

  authorization(grantId: string | undefined): AuthorizationFacts | undefined {
    return grantId === undefined ? undefined : this.#authorizations.get(grantId);
  }

  /** Ends everything that came of one authorization. */
  revokeGrant(grantId: string): void {
    for (const records of this.#models.values()) {
      for (const [id, payload] of records) if (payload.grantId === grantId) records.delete(id);
    }
    this.delete('Grant', grantId);
  }

  /** Ends everything of one user. */
  forgetAccount(accountId: string): void {
    for (const records of this.#models.values()) {
      for (const [id, payload] of records) if (payload.accountId === accountId) records.delete(id);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#models.clear();
    this.#authorizations.clear();
  }

  #records(model: string): Map<string, Stored> {
    let records = this.#models.get(model);
    if (!records) this.#models.set(model, (records = new Map()));
    return records;
  }
}

/** What the adapter needs to know of the tenant around it. */
export interface AdapterSources {
  store: OpenIdStore;
  /** The metadata of a client; clients may come and change at any time. */
  client(clientId: string): AdapterPayload | undefined;
  /** The thumbprint of the DPoP key that the access token of the call under way is bound to. */
  proofKey(): string | undefined;
  /** The view a refresh token is shown in during the call under way, if that is a refresh. */
  refreshView(token: AdapterPayload): RefreshView | undefined;
}

/** Lets oidc-provider read and write the store. */
export function adapterFor(model: string, sources: AdapterSources): Adapter {
  const { store } = sources;
  return {
    async find(id) {
      if (model === 'Client') return sources.client(id);
      const payload = store.get(model, id);
      const view = model === 'RefreshToken' && payload ? sources.refreshView(payload) : undefined;
      return view ? { ...payload, ...view } : payload;
    },
    async upsert(id, payload, expiresIn) {
      // Auth0 wants the key of a session for as long as it lives, of every kind of client.
      if (model === 'RefreshToken') payload.jkt ??= sources.proofKey();
      if (model === 'PushedAuthorizationRequest') payload.exp = epochSeconds() + PUSHED_REQUEST_LIFETIME;
      if (model === 'RefreshToken' && payload.grantId !== undefined) {
        // Only the first token says what the authorization is for; a rotated one is saved in the view it was used in.
        if (!store.authorization(payload.grantId)?.scope) {
          store.describe(payload.grantId, { scope: payload.scope ?? '', resource: [payload.resource].flat()[0] });
        }
      }
      store.set(model, id, payload, expiresIn);
    },
    async findByUid(uid) {
      return store.find(model, (payload) => payload.uid === uid)[0];
    },
    async findByUserCode(userCode) {
      return store.find(model, (payload) => payload.userCode === userCode)[0];
    },
    async consume(id) {
      const payload = store.get(model, id);
      if (payload) payload.consumed = epochSeconds();
    },
    async destroy(id) {
      store.delete(model, id);
    },
    async revokeByGrantId(grantId) {
      for (const { jti } of store.find(model, (payload) => payload.grantId === grantId)) {
        if (jti !== undefined) store.delete(model, jti);
      }
    },
  };
}
