import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { REPLAY_STORE, type ReplayStore } from '../ports/replay-store.js';
import { BoundedMap } from '../shared/bounded-map.js';
import { unionOfScopes } from '../shared/scopes.js';
import type { ReadToken } from './ports.js';
import { ScopeEquivalence } from './scope-equivalence.js';

const CONSENT = 'consent';
/** For one to two of these after a consent the same one is not asked for again: it would be answered alike. */
const CONSENT_COUNTS_MS = 2 * 60_000;
/** What the My Account API takes. */
const MOST_SCOPES = 100;
const MOST_CONNECTIONS = 1000;
/** By which Auth0 knows whose account it is: a consent keeps them. OpenID Connect Core section 5.4. */
const OF_IDENTITY = ['openid', 'profile', 'email'];

/** A user's account of a connection, as somebody has asked for it. */
interface WantedAccount {
  readonly userKey: string;
  readonly connection: string;
  readonly loginHint?: string;
}

/** What the scopes of each connection's tokens mean, which the application has named, and which were just consented to. */
@Injectable()
export class ConnectionScopes {
  private readonly equivalences = new BoundedMap<string, ScopeEquivalence>(MOST_CONNECTIONS);
  private readonly named = new BoundedMap<string, Set<string>>(MOST_CONNECTIONS);

  constructor(
    @Inject(REPLAY_STORE) private readonly consents: ReplayStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'scopeRules'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Those that a token is not good for, as far as Auth0 has said. */
  lacking(connection: string, wanted: readonly string[], { scopes: granted }: Pick<ReadToken, 'scopes'>): string[] {
    if (granted === undefined || wanted.length === 0) return [];
    return this.equivalenceOf(connection).missing(wanted, granted);
  }

  /** Notes what the application asks for, wherever it does. */
  name(connection: string, scopes: readonly string[]): void {
    if (scopes.length === 0) return;
    const names = this.named.get(connection) ?? new Set();
    if (!this.named.has(connection)) this.named.set(connection, names);
    for (const scope of scopes) if (names.size < MOST_SCOPES) names.add(scope);
  }

  /**
   * All that a consent should ask for: what is wanted, and what the application has named elsewhere and the user has granted,
   * so that it is not lost. Never what came back by other names: `.default`, hundreds of scopes, odd characters.
   */
  toAskFor(connection: string, wanted: readonly string[], granted: readonly string[] | undefined): string[] {
    const named = [...new Set([...OF_IDENTITY, ...(this.named.get(connection) ?? [])])];
    const kept = this.equivalenceOf(connection).granted(named, granted ?? []);
    return unionOfScopes(kept.slice(0, MOST_SCOPES - wanted.length), wanted);
  }

  /** A person has approved these scopes for the account. */
  async consented(account: WantedAccount, scopes: readonly string[]): Promise<void> {
    const period = this.period();
    const until = (period + 2) * CONSENT_COUNTS_MS;
    for (const scope of scopes) await this.consents.remember(CONSENT, consentId(account, scope, period), until);
  }

  /** Whether all of these were approved a moment ago: asking for them once more would give the same. */
  async wereJustConsented(account: WantedAccount, scopes: readonly string[]): Promise<boolean> {
    const now = this.period();
    const isKnown = async (scope: string): Promise<boolean> =>
      (await this.consents.has(CONSENT, consentId(account, scope, now))) ||
      this.consents.has(CONSENT, consentId(account, scope, now - 1));
    return (await Promise.all(scopes.map(isKnown))).every(Boolean);
  }

  /** What is remembered is only forgotten when it is purged: it has its time in its name. */
  private period(): number {
    return Math.floor(this.clock.now() / CONSENT_COUNTS_MS);
  }

  private equivalenceOf(connection: string): ScopeEquivalence {
    const known = this.equivalences.get(connection);
    if (known) return known;
    const { scopeRules } = this.options;
    const rules = Object.hasOwn(scopeRules, connection) ? scopeRules[connection] : undefined;
    const equivalence = new ScopeEquivalence(connection, rules);
    this.equivalences.set(connection, equivalence);
    return equivalence;
  }
}

function consentId({ userKey, connection, loginHint }: WantedAccount, scope: string, period: number): string {
  return JSON.stringify([userKey, connection, loginHint ?? '', scope, period]);
}
