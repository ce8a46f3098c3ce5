/**
 * Keeps oidc-provider's line about Node 20, on which it runs nevertheless, out of the console; every other warning
 * passes. An import of this file has to stand before oidc-provider's, for the line is written while that loads.
 */
const { warn } = console;

console.warn = (...parts: unknown[]) => {
  if (!String(parts[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn.apply(console, parts);
};

/** Gives the console its own way of warning back. */
export function restoreWarnings(): void {
  console.warn = warn;
}
