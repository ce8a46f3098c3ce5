import type { ScopeRules } from '../options/scope-rules.js';
import { NEVER_RETURNED, PROVIDER_OF_CONNECTION, PROVIDER_SCOPES, type ProviderScopes } from './provider-scopes.js';

const NOTHING_KNOWN: ProviderScopes = { same: [], covers: {}, notReturned: [] };

/** Which scopes a provider's answer stands for: under another name, in other letters, by a wider one, or without a word. */
export class ScopeEquivalence {
  private readonly known: ProviderScopes;
  private readonly names = new Map<string, string>();
  private readonly covered = new Map<string, string[]>();
  private readonly notReturned: readonly (string | RegExp)[];

  /** @param rules of the application, on top of what is known of the provider */
  constructor(connection: string, rules: ScopeRules = {}) {
    const provider = rules.provider ?? PROVIDER_OF_CONNECTION.get(connection);
    const known = provider ? PROVIDER_SCOPES[provider] : NOTHING_KNOWN;
    this.known = { ...known, ignoresCase: rules.ignoresCase ?? known.ignoresCase };
    for (const group of [...known.same, ...(rules.same ?? [])]) this.addGroup(group);
    for (const [wider, narrower] of [...Object.entries(known.covers), ...Object.entries(rules.covers ?? {})]) {
      const name = this.nameOf(wider);
      this.covered.set(name, [...(this.covered.get(name) ?? []), ...narrower.map((scope) => this.nameOf(scope))]);
    }
    this.notReturned = [...NEVER_RETURNED, ...known.notReturned, ...(rules.notReturned ?? [])];
  }

  /** Of the wanted scopes, in the words of who wants them, those that are not granted. */
  missing(wanted: readonly string[], granted: readonly string[]): string[] {
    if (wanted.every((scope) => granted.includes(scope))) return [];
    const all = this.allCoveredBy(granted);
    return wanted.filter((scope) => !all.has(this.nameOf(scope)) && !this.isNeverReturned(scope));
  }

  /** Of these names, those that the answer says are granted, by whatever name. */
  granted(names: readonly string[], granted: readonly string[]): string[] {
    const all = this.allCoveredBy(granted);
    return names.filter((scope) => all.has(this.nameOf(scope)));
  }

  private addGroup(group: readonly string[]): void {
    const [first = '', ...others] = group.map((scope) => this.nameOf(scope));
    for (const other of others) if (other !== first) this.names.set(other, first);
  }

  /** One name for all that mean the same. */
  private nameOf(scope: string): string {
    const { ignoresCase, prefix } = this.known;
    let name = ignoresCase ? scope.toLowerCase() : scope;
    const start = ignoresCase ? prefix?.toLowerCase() : prefix;
    if (start !== undefined && name.startsWith(start)) name = name.slice(start.length);
    return this.names.get(name) ?? name;
  }

  private allCoveredBy(granted: readonly string[]): ReadonlySet<string> {
    const all = new Set(granted.map((scope) => this.nameOf(scope)));
    const { readOnlySuffix } = this.known;
    // A set hands out what is added to it on the way.
    for (const name of all) {
      for (const narrower of this.covered.get(name) ?? []) all.add(narrower);
      if (readOnlySuffix !== undefined && !name.endsWith(readOnlySuffix)) all.add(`${name}${readOnlySuffix}`);
    }
    return all;
  }

  private isNeverReturned(scope: string): boolean {
    return this.notReturned.some((never) =>
      typeof never === 'string' ? this.nameOf(never) === this.nameOf(scope) : never.test(scope),
    );
  }
}
