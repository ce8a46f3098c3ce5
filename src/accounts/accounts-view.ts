import type { ConnectedAccount, ConnectedAccountConnection } from 'nestjs-auth0-connect';
import { providerOf, type Provider } from '../providers/providers.js';
import type { KnownOfAccounts } from '../account-book/account-book.js';
import { UNKNOWN, type Health } from './account-health.js';
import { permissionsOf, type Permission } from '../providers/scope-words.js';

/** An account as the accounts page shows it. */
export interface AccountCard {
  id: string;
  provider: Provider;
  /** The account's address at the provider, where the person has told it. */
  address?: string;
  /** What tells it from the others: its address, or else the day it was connected on. */
  label: string;
  /** ISO 8601. */
  since: string;
  /** ISO 8601. */
  lastUsed?: string;
  /** The pages that use it: none where another account of its provider is chosen. */
  usedBy: readonly string[];
  permissions: Permission[];
  /** What the app asks for and was not given. */
  missing: Permission[];
  health: Health['state'];
  /** The person has to do something before it works. */
  needsAction: boolean;
  /** Chosen among several of its provider; undefined where there is one only. */
  isDefault?: boolean;
  /** Asks for what the app needs once more. */
  reviewPath: string;
}

/** What a person has connected of one provider. */
export interface ProviderGroup {
  provider: Provider;
  cards: AccountCard[];
  /** Connects one more; undefined where the tenant no longer offers the provider. */
  morePath?: string;
}

/** A provider of which nothing is connected yet. */
export interface ConnectTile {
  provider: Provider;
  connectPath: string;
}

export interface AccountsView {
  groups: ProviderGroup[];
  tiles: ConnectTile[];
}

export function accountsView(
  cards: readonly AccountCard[],
  connections: readonly ConnectedAccountConnection[],
): AccountsView {
  const offered = new Set(connections.map(({ name }) => name));
  const connected = new Set(cards.map(({ provider }) => provider.connection));
  const groups = [...connected].map((connection): ProviderGroup => {
    const provider = providerOf(connection);
    const morePath = offered.has(connection) ? connectPath(provider, { prompt: 'select_account' }) : undefined;
    return { provider, cards: cards.filter((card) => card.provider.connection === connection), morePath };
  });
  const tiles = [...offered]
    .filter((name) => !connected.has(name))
    .map((name) => ({ provider: providerOf(name), connectPath: connectPath(providerOf(name), {}) }));
  return { groups, tiles };
}

export function accountCards(
  accounts: readonly ConnectedAccount[],
  { addresses, uses }: KnownOfAccounts,
  health: ReadonlyMap<string, Health>,
): AccountCard[] {
  const ofConnection = (name: string): number => accounts.filter(({ connection }) => connection === name).length;
  return accounts.map(({ id, connection, createdAt, scopes }): AccountCard => {
    const provider = providerOf(connection);
    const address = addresses.get(id);
    const use = uses.get(connection);
    const isOneOfSeveral = ofConnection(connection) > 1;
    const isDefault = use?.defaultAccountId === id;
    const isOneChosen = accounts.some((account) => account.id === use?.defaultAccountId);
    const { state, missing } = health.get(id) ?? UNKNOWN;
    return {
      id,
      provider,
      address,
      label: address ?? `connected on ${dayOf(createdAt)}`,
      since: createdAt.toISOString(),
      lastUsed: isDefault || !isOneOfSeveral ? (use?.lastUsedAt ?? undefined) : undefined,
      usedBy: isDefault || !isOneChosen ? provider.usedBy : [],
      permissions: permissionsOf(scopes),
      missing: permissionsOf(missing),
      health: state,
      needsAction: state === 'permission' || state === 'reconnect' || scopes.length === 0,
      isDefault: isOneOfSeveral ? isDefault : undefined,
      reviewPath: connectPath(provider, address === undefined ? {} : { login_hint: address }),
    };
  });
}

function connectPath({ connection, scopes }: Provider, parameters: Record<string, string>): string {
  const done = new URLSearchParams({ done: 'connected', connection });
  const query = new URLSearchParams({ ...parameters, returnTo: `/accounts?${done.toString()}` });
  for (const scope of scopes) query.append('scopes', scope);
  return `/auth/connect/${encodeURIComponent(connection)}?${query.toString()}`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

function dayOf(date: Date): string {
  return DAY.format(date);
}
