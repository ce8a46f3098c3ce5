import type { TokenCipher } from '../ports/token-cipher.js';
import { MY_ACCOUNT_SCOPES, type MyAccountScope } from '../shared/my-account-scopes.js';
import type { OptionsCheck } from './options-check.js';
import { problemsOfScopeRules, type ScopeRulesByConnection } from './scope-rules.js';

/** How tokens are asked for, kept and sealed, checked. */
export interface ResolvedTokens {
  readonly connectLinksInErrors: boolean;
  readonly tokenLeewayMs: number;
  readonly tokenWithoutExpiryMs: number;
  readonly scopeRules: ScopeRulesByConnection;
  readonly maxTokensPerSession: number;
  readonly myAccountScopes: readonly MyAccountScope[];
  readonly secrets: readonly string[];
  readonly tokenCipher: TokenCipher | undefined;
}

/** What becomes of tokens. */
export function resolveTokens(
  given: {
    connectLinksInErrors?: unknown;
    tokenLeewaySeconds?: unknown;
    tokenWithoutExpirySeconds?: unknown;
    scopeRules?: ScopeRulesByConnection;
    maxTokensPerSession?: unknown;
    myAccountScopes?: unknown;
    secret?: unknown;
    tokenCipher?: TokenCipher;
  },
  check: OptionsCheck,
): ResolvedTokens {
  check.add(...problemsOfScopeRules(given.scopeRules));
  return {
    connectLinksInErrors: check.boolean('connectLinksInErrors', given.connectLinksInErrors, false),
    tokenLeewayMs: check.seconds('tokenLeewaySeconds', given.tokenLeewaySeconds, 60, 0),
    tokenWithoutExpiryMs: check.seconds('tokenWithoutExpirySeconds', given.tokenWithoutExpirySeconds, 0, 0),
    scopeRules: given.scopeRules ?? {},
    maxTokensPerSession: check.integer('maxTokensPerSession', given.maxTokensPerSession, 100, 1),
    myAccountScopes: myAccountScopesOf(given.myAccountScopes, check),
    secrets: secretsOf(given.secret, check),
    tokenCipher: cipherOf(given.tokenCipher, check),
  };
}

function myAccountScopesOf(value: unknown, check: OptionsCheck): readonly MyAccountScope[] {
  if (value === undefined) return MY_ACCOUNT_SCOPES;
  const known = MY_ACCOUNT_SCOPES.filter((scope) => Array.isArray(value) && value.includes(scope));
  if (!Array.isArray(value) || known.length !== new Set(value).size) {
    check.add(`myAccountScopes must be a list of some of ${MY_ACCOUNT_SCOPES.join(', ')}`);
  }
  return Object.freeze(known);
}

function secretsOf(value: unknown, check: OptionsCheck): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? [...value] : [value];
  if (list.length === 0 || !list.every((secret) => typeof secret === 'string' && secret.length >= 32)) {
    check.add('secret must be a string of at least 32 characters, or a list of such: `openssl rand -hex 32`');
  } else if (new Set(list).size !== list.length) {
    check.add('secret lists the same value twice');
  }
  return Object.freeze(list as string[]);
}

function cipherOf(value: TokenCipher | undefined, check: OptionsCheck): TokenCipher | undefined {
  const is = (name: keyof TokenCipher): boolean => typeof value?.[name] === 'function';
  if (value !== undefined && !(is('seal') && is('open') && (value?.isCurrent === undefined || is('isCurrent')))) {
    check.add('tokenCipher must have the methods seal and open, and may have isCurrent');
  }
  return value;
}
