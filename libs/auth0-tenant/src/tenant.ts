import { randomBytes } from 'node:crypto';
import { Faults } from './control/faults.js';
import { RateLimits } from './control/rate-limits.js';
import { RequestLog } from './control/request-log.js';
import { Tickets } from './connect/tickets.js';
import { BackchannelRequests } from './openid/backchannel-requests.js';
import { Audiences } from './openid/audiences.js';
import { DpopNonces, OneTimeIds } from './openid/proof-of-possession.js';
import type { SigningKeys } from './openid/signing-keys.js';
import { OpenIdStore } from './openid/store.js';
import type { ResolvedOptions, TenantClient } from './options.js';
import type { TenantSwitches, TokenLifetimes } from './settings.js';
import { TokenVault } from './token-vault/vault.js';

/** Everything the tenant knows, in one place; the modules around it act on it. */
export class Tenant {
  readonly clients: Map<string, TenantClient>;
  readonly users;
  readonly connections;
  readonly organizations;
  readonly audiences: Audiences;
  readonly store = new OpenIdStore();
  readonly vault = new TokenVault();
  readonly tickets = new Tickets();
  readonly backchannel = new BackchannelRequests();
  readonly proofIds = new OneTimeIds();
  readonly assertionIds = new OneTimeIds();
  readonly nonces = new DpopNonces(randomBytes(32));
  readonly log = new RequestLog();
  readonly faults = new Faults();
  readonly rateLimits = new RateLimits();
  readonly lifetimes: TokenLifetimes = { accessToken: 86_400, idToken: 36_000, refreshToken: 2_592_000, ticket: 300 };
  readonly switches: TenantSwitches = { unknownAudience: 'refuse', requireMfa: null };
  /** Claims a test adds to a user's ID tokens. */
  readonly extraClaims = new Map<string, Record<string, unknown>>();
  /** One per host name; the first is the canonical one. Set once the port is known. */
  issuers: string[] = [];

  constructor(
    readonly options: ResolvedOptions,
    readonly keys: SigningKeys,
  ) {
    this.clients = new Map(options.clients.map((client) => [client.clientId, client]));
    this.users = new Map(options.users.map((user) => [user.userId, user]));
    this.connections = new Map(options.connections.map((connection) => [connection.name, connection]));
    this.organizations = new Map(
      // A copy: who accepts an invitation becomes a member here, not in the caller's options.
      structuredClone(options.organizations).map((organization) => [organization.id, organization]),
    );
    this.audiences = new Audiences(new Map(options.apis.map((api) => [api.identifier, api])));
  }
}
