import { isScopeToken } from '../shared/scopes.js';

/** The providers whose rules are known. */
export const SCOPE_PROVIDERS = ['google', 'microsoft', 'github', 'slack'] as const;

/** One of them. */
export type ScopeProvider = (typeof SCOPE_PROVIDERS)[number];

/**
 * How a provider names in its answers what it was asked for. What is given here comes on top of what is known of the
 * provider.
 */
export interface ScopeRules {
  /**
   * Whose rules apply. Default: `google-oauth2` is `google`, `windowslive` `microsoft`, `github` `github`, and `slack`,
   * `slack-oauth-2` and `sign-in-with-slack` are `slack`; a connection of another name has none.
   */
  provider?: ScopeProvider;
  /** Groups of names that mean one scope: `[['email', 'https://crm.example.com/auth/email']]`. */
  same?: readonly (readonly string[])[];
  /** Wider scopes, and those that each of them covers: `{ 'files:write': ['files:read'] }`. */
  covers?: Readonly<Record<string, readonly string[]>>;
  /** Scopes that the provider's answers never hold, and that count as granted. */
  notReturned?: readonly string[];
  /** Whether letter case means nothing. Default: what is known of the provider, else `false`. */
  ignoresCase?: boolean;
}

/** By the name of the connection. */
export type ScopeRulesByConnection = Readonly<Record<string, ScopeRules>>;

const NAMES: Readonly<Record<keyof ScopeRules, true>> = {
  provider: true,
  same: true,
  covers: true,
  notReturned: true,
  ignoresCase: true,
};

/** @returns what is wrong with the option `scopeRules`. */
export function problemsOfScopeRules(given: unknown): string[] {
  if (given === undefined) return [];
  if (!isRecord(given)) return ['scopeRules must be an object, by the names of connections'];
  return Object.entries(given).flatMap(([connection, rules]) => problemsOf(`scopeRules.${connection}`, rules));
}

function problemsOf(name: string, rules: unknown): string[] {
  if (!isRecord(rules)) return [`${name} must be an object, such as { provider: 'google' }`];
  const { provider, same, covers, notReturned, ignoresCase } = rules;
  const problems = Object.keys(rules)
    .filter((key) => !Object.hasOwn(NAMES, key))
    .map((key) => `${name}.${key} is not an option; there are ${Object.keys(NAMES).join(', ')}`);
  if (provider !== undefined && !SCOPE_PROVIDERS.some((known) => known === provider)) {
    problems.push(`${name}.provider must be one of ${SCOPE_PROVIDERS.join(', ')}`);
  }
  if (same !== undefined && !(Array.isArray(same) && same.every((group) => areScopes(group) && group.length > 1))) {
    problems.push(`${name}.same must be a list of groups of two or more scopes`);
  }
  if (
    covers !== undefined &&
    !(isRecord(covers) && areScopes(Object.keys(covers)) && Object.values(covers).every(areScopes))
  ) {
    problems.push(`${name}.covers must be an object of lists of scopes, by the wider scope`);
  }
  if (notReturned !== undefined && !areScopes(notReturned))
    problems.push(`${name}.notReturned must be a list of scopes`);
  if (ignoresCase !== undefined && typeof ignoresCase !== 'boolean') {
    problems.push(`${name}.ignoresCase must be true or false`);
  }
  return problems;
}

function areScopes(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isScopeToken);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
