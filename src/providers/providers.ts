/** A provider as the pages speak of it, and what the app asks it for. */
export interface Provider {
  /** The connection's name at Auth0. */
  connection: string;
  label: string;
  icon: 'google' | 'github' | 'slack' | 'plug';
  /** What it is good for, said before it is connected. */
  purpose: string;
  /** The pages that use it. */
  usedBy: readonly string[];
  /** The provider's own page about what may use the account: disconnecting here leaves its grant. */
  revocationUrl?: string;
  /** Asked for when the account is connected; empty: what the connection gives by default. */
  scopes: readonly string[];
}

export const GOOGLE = {
  connection: 'google-oauth2',
  label: 'Google',
  icon: 'google',
  purpose: 'See what is next in your calendar.',
  usedBy: ['Calendar', 'Agenda', 'Agent'],
  revocationUrl: 'https://myaccount.google.com/connections',
  scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
} as const satisfies Provider;

export const GITHUB = {
  connection: 'github',
  label: 'GitHub',
  icon: 'github',
  purpose: 'See the repositories you worked on last.',
  usedBy: ['Repositories', 'Agent'],
  revocationUrl: 'https://github.com/settings/applications',
  scopes: ['public_repo'],
} as const satisfies Provider;

export const SLACK = {
  connection: 'slack',
  label: 'Slack',
  icon: 'slack',
  purpose: 'Have the agent see which channels you are in.',
  usedBy: ['Agent'],
  revocationUrl: 'https://slack.com/apps/manage',
  scopes: ['channels:read'],
} as const satisfies Provider;

const KNOWN = new Map<string, Provider>([GOOGLE, GITHUB, SLACK].map((provider) => [provider.connection, provider]));

/** The provider of a connection that the app knows. */
export function knownProvider(connection: string): Provider | undefined {
  return KNOWN.get(connection);
}

/** The provider of any connection: a tenant may offer some that the app has never heard of. */
export function providerOf(connection: string): Provider {
  return (
    KNOWN.get(connection) ?? {
      connection,
      label: connection,
      icon: 'plug',
      purpose: 'No page uses it yet.',
      usedBy: [],
      scopes: [],
    }
  );
}
