/** OAuth separates scopes by spaces (RFC 6749 section 3.3); GitHub and Slack answer with commas, others in other ways. */
export function parseScopes(scope: string | undefined): string[] {
  return [...new Set((scope ?? '').split(/[\s,;]+/).filter((name) => name !== ''))];
}

/**
 * The scopes that an answer tells; undefined where it does not say, which means "as asked" (RFC 6749 section 5.1). An empty
 * text says that nothing was granted. What is no scope cannot be asked for, and counts as not there.
 */
export function toldScopes(scope: string | undefined): string[] | undefined {
  return scope === undefined ? undefined : parseScopes(scope).filter(isScopeToken);
}

export function missingScopes(wanted: readonly string[], granted: readonly string[]): string[] {
  return wanted.filter((scope) => !granted.includes(scope));
}

export function unionOfScopes(...sets: readonly (readonly string[])[]): string[] {
  return [...new Set(sets.flat())];
}

/** `scope-token`, RFC 6749 section 3.3. */
export function isScopeToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value);
}
