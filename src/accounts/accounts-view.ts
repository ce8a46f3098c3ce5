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

/** A provider of which an account, or one more, can be connected. */
export interface ConnectTile {
  provider: Provider;
  /** There is one already. */
  isMore: boolean;
  connectPath: string;
}

export interface AccountsView {
  cards: AccountCard[];
  tiles: ConnectTile[];
}

export function accountsView(
  accounts: readonly ConnectedAccount[],
  connections: readonly ConnectedAccountConnection[],
  { addresses, uses }: KnownOfAccounts,
  health: ReadonlyMap<string, Health>,
): AccountsView {
  const ofConnection = (name: string): number => accounts.filter(({ connection }) => connection === name).length;
  const cards = accounts.map(({ id, connection, createdAt, scopes }): AccountCard => {
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
  const tiles = connections.map(({ name }) => ({
    provider: providerOf(name),
    isMore: ofConnection(name) > 0,
    connectPath: connectPath(providerOf(name), ofConnection(name) > 0 ? { prompt: 'select_account' } : {}),
  }));
  return { cards, tiles };
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
