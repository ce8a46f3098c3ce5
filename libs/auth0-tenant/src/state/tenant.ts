import { randomBytes } from 'node:crypto';
import { Faults } from './faults.js';
import { RateLimits } from './rate-limits.js';
import { RequestLog } from './request-log.js';
import { Tickets } from './tickets.js';
import { BackchannelRequests } from './backchannel-requests.js';
import { Audiences } from './audiences.js';
import { DpopNonces, OneTimeIds } from './proof-memory.js';
import type { SigningKeys } from './signing-keys.js';
import { OpenIdStore } from './openid-store.js';
import type {
  ResolvedOptions,
  TenantApi,
  TenantClient,
  TenantConnection,
  TenantOrganization,
  TenantUser,
} from '../options.js';
import type { TenantSwitches, TokenLifetimes } from './settings.js';
import { TokenVault } from './token-vault.js';

const LIFETIMES: TokenLifetimes = { accessToken: 86_400, idToken: 36_000, refreshToken: 2_592_000, ticket: 300 };
const SWITCHES: TenantSwitches = { unknownAudience: 'ignore', requireMfa: null };

/** Everything the tenant knows, in one place; the modules around it act on it. */
export class Tenant {
  readonly clients = new Map<string, TenantClient>();
  readonly users = new Map<string, TenantUser>();
  readonly connections = new Map<string, TenantConnection>();
  readonly apis = new Map<string, TenantApi>();
  readonly organizations = new Map<string, TenantOrganization>();
  readonly audiences = new Audiences(this.apis);
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
  readonly lifetimes: TokenLifetimes = { ...LIFETIMES };
  readonly switches: TenantSwitches = { ...SWITCHES };
  /** Claims a test adds to a user's ID tokens. */
  readonly extraClaims = new Map<string, Record<string, unknown>>();
  /** Claims a test adds to access tokens, by user id or client id. */
  readonly accessTokenClaims = new Map<string, Record<string, unknown>>();
  /** One per host name; the first is the canonical one. Set once the port is known. */
  issuers: string[] = [];

  constructor(
    readonly options: ResolvedOptions,
    readonly keys: SigningKeys,
  ) {
    this.#fill();
  }

  /** Back to how it started: everybody logged out, nothing connected, nothing scripted. The signing keys stay. */
  reset(): void {
    this.faults.reset();
    for (const part of [this.store, this.vault, this.tickets, this.backchannel, this.rateLimits, this.log])
      part.clear();
    for (const known of [this.clients, this.users, this.connections, this.apis, this.organizations]) known.clear();
    for (const extra of [this.extraClaims, this.accessTokenClaims]) extra.clear();
    Object.assign(this.lifetimes, LIFETIMES);
    Object.assign(this.switches, SWITCHES);
    this.#fill();
  }

  #fill(): void {
    // Copies: what happens to them here, such as an accepted invitation, does not happen to the caller's options.
    const { clients, users, connections, apis, organizations } = this.options;
    for (const client of clients) this.clients.set(client.clientId, structuredClone(client));
    for (const user of users) this.users.set(user.userId, structuredClone(user));
    for (const connection of connections) this.connections.set(connection.name, structuredClone(connection));
    for (const api of apis) this.apis.set(api.identifier, structuredClone(api));
    for (const organization of organizations) this.organizations.set(organization.id, structuredClone(organization));
  }
}
