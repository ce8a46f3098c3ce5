/** OAuth separates scopes by spaces (RFC 6749 section 3.3); GitHub and Slack answer with commas. */
export function parseScopes(scope: string | undefined): string[] {
  return [...new Set((scope ?? '').split(/[ ,]+/).filter((name) => name !== ''))];
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
