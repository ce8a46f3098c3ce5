import { createHash } from 'node:crypto';
import type { ProviderAccount, TenantConnection, TenantUser } from '../options.js';

/** The accounts a user has at a provider; one made of the user's own e-mail when none were given. */
export function providerAccountsOf(connection: TenantConnection, user: TenantUser): ProviderAccount[] {
  return (
    connection.accounts?.[user.userId] ?? [{ id: idFor(connection, user.email), email: user.email, name: user.name }]
  );
}

/** The account with this e-mail or id among everybody's at a provider, or a new one with this e-mail. */
export function providerAccountNamed(
  connection: TenantConnection,
  users: Iterable<TenantUser>,
  name: string,
): ProviderAccount {
  for (const user of users) {
    const found = providerAccountsOf(connection, user).find((account) => isNamed(account, name));
    if (found) return found;
  }
  return { id: idFor(connection, name), email: name };
}

/** Whether a login hint means this account. */
export function isNamed(account: ProviderAccount, hint: string): boolean {
  return account.id === hint || account.email.toLowerCase() === hint.toLowerCase();
}

function idFor(connection: TenantConnection, email: string): string {
  const digest = createHash('sha256').update(`${connection.name} ${email.toLowerCase()}`).digest();
  return String(digest.readUIntBE(0, 6));
}
