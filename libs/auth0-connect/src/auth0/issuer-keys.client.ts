import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwksCache,
  type CryptoKey,
  type JWKSCacheInput,
  type JWSHeaderParameters,
} from 'jose';
import { Auth0ConnectError, Auth0UnavailableError, InvalidAuth0ResponseError } from '../errors/index.js';
import type { Clock } from '../ports/clock.js';
import type { IssuerKeys } from '../issuer/issuer-keys.js';
import type { Auth0Http } from './auth0-http.js';
import type { OpenIdClient } from './openid.client.js';
import type { Patience } from './rate-limit.js';

const OPERATION = 'signing-keys';
const READ_AGAIN_AFTER_MS = 600_000;
/** Anybody can make up key ids: they make us ask no more often than this. */
const COOLDOWN_MS = 30_000;

/** The keys that each domain publishes, read at the first need, and once more when a token names an unknown one. */
export class Auth0IssuerKeys implements IssuerKeys {
  private readonly sets = new Map<string, PublishedKeys>();

  constructor(
    private readonly client: OpenIdClient,
    private readonly http: Auth0Http,
    private readonly patience: Patience,
    private readonly clock: Clock,
  ) {}

  async find(
    issuerOrigin: string,
    header: JWSHeaderParameters,
    options: { mustBeCurrent?: boolean } = {},
  ): Promise<CryptoKey | undefined> {
    try {
      return await (await this.keysOf(issuerOrigin)).find(header, options);
    } catch (error) {
      const told =
        error instanceof Auth0ConnectError
          ? error
          : new InvalidAuth0ResponseError(OPERATION, 'its signing keys cannot be read', { cause: error });
      this.client.warnings.about(told, issuerOrigin);
      throw told;
    }
  }

  currentSet(issuerOrigin: string): object | undefined {
    return this.sets.get(issuerOrigin)?.currentSet();
  }

  private async keysOf(issuerOrigin: string): Promise<PublishedKeys> {
    const known = this.sets.get(issuerOrigin);
    if (known) return known;
    const address = await this.addressOf(issuerOrigin);
    const keys = this.sets.get(issuerOrigin) ?? new PublishedKeys(address, this.http, this.patience, this.clock);
    this.sets.set(issuerOrigin, keys);
    return keys;
  }

  /** From the domain itself: a token is believed for coming from there. */
  private async addressOf(issuerOrigin: string): Promise<URL> {
    const { jwks_uri: address } = (await this.client.get(issuerOrigin)).serverMetadata();
    if (address === undefined || !URL.canParse(address) || new URL(address).origin !== issuerOrigin) {
      throw new InvalidAuth0ResponseError(OPERATION, '"jwks_uri" is not an address of the domain');
    }
    return new URL(address);
  }
}

class PublishedKeys {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  /** Where jose leaves what it has read, a new object each time. */
  private readonly read: JWKSCacheInput = {};
  private refetchedAt = Number.NEGATIVE_INFINITY;
  private refetch: Promise<void> | undefined;

  constructor(
    address: URL,
    http: Auth0Http,
    patience: Patience,
    private readonly clock: Clock,
  ) {
    this.keys = createRemoteJWKSet(address, {
      cacheMaxAge: READ_AGAIN_AFTER_MS,
      cooldownDuration: Number.MAX_SAFE_INTEGER, // unknown ids are dealt with here
      [jwksCache]: this.read,
      [customFetch]: (url, { headers, method }) =>
        patience.with(OPERATION, () => http.fetch(OPERATION, url, { headers, method }), { isRepeatable: true }),
    });
  }

  async find(
    header: JWSHeaderParameters,
    { mustBeCurrent = false }: { mustBeCurrent?: boolean },
  ): Promise<CryptoKey | undefined> {
    const key = await this.lookUp(header);
    if (key !== undefined) return key;
    if (await this.refetched()) return this.lookUp(header);
    if (!mustBeCurrent) return undefined;
    throw new Auth0UnavailableError(OPERATION, { retryAfterSeconds: COOLDOWN_MS / 1000 });
  }

  currentSet(): object | undefined {
    return this.keys.fresh ? this.read.jwks : undefined;
  }

  private async lookUp(header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
    try {
      return await this.keys(header);
    } catch (error) {
      // Without a key id several keys may fit: which one is meant is not for us to guess.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        return undefined;
      throw error;
    }
  }

  /** Reads the keys once more, for all who need it now. @returns false when that was done a moment ago */
  private async refetched(): Promise<boolean> {
    const now = this.clock.now();
    if (!this.refetch) {
      if (now - this.refetchedAt < COOLDOWN_MS) return false;
      this.refetch = this.reload(now);
    }
    await this.refetch;
    return true;
  }

  /** What has failed does not count: the next who needs a key asks again. */
  private async reload(now: number): Promise<void> {
    try {
      await this.keys.reload();
      this.refetchedAt = now;
    } finally {
      this.refetch = undefined;
    }
  }
}
