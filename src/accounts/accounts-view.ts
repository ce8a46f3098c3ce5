import type { ConnectedAccount, ConnectedAccountConnection } from 'nestjs-auth0-connect';
import { providerOf, type Provider } from '../providers/providers.js';

/** What the accounts page shows. */
export interface AccountsView {
  connected: { id: string; provider: Provider; since: string; scopes: ScopeChip[] }[];
  available: { provider: Provider; isConnected: boolean; connectPath: string }[];
}

export interface ScopeChip {
  scope: string;
  /** The scope without the address of its provider. */
  label: string;
}

export function accountsView(
  accounts: readonly ConnectedAccount[],
  connections: readonly ConnectedAccountConnection[],
): AccountsView {
  const connected = new Set(accounts.map(({ connection }) => connection));
  return {
    connected: accounts.map(({ id, connection, createdAt, scopes }) => ({
      id,
      provider: providerOf(connection),
      since: createdAt.toISOString(),
      scopes: scopeChips(scopes),
    })),
    available: connections.map(({ name }) => ({
      provider: providerOf(name),
      isConnected: connected.has(name),
      connectPath: connectPath(providerOf(name)),
    })),
  };
}

export function scopeChips(scopes: readonly string[]): ScopeChip[] {
  return scopes.map((scope) => ({ scope, label: scope.replace(/^https:\/\/www\.googleapis\.com\/auth\//, '') }));
}

function connectPath({ connection, scopes }: Provider): string {
  const done = new URLSearchParams({ done: 'connected', connection });
  const query = new URLSearchParams({ returnTo: `/accounts?${done.toString()}` });
  for (const scope of scopes) query.append('scopes', scope);
  return `/auth/connect/${encodeURIComponent(connection)}?${query.toString()}`;
}
