/** Runs `load` with oidc-provider's "Unsupported runtime" line left out of the console; every other warning passes. */
export async function withoutRuntimeNotice<T>(load: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = (...parts: unknown[]) => {
    if (!String(parts[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn.apply(console, parts);
  };
  try {
    return await load();
  } finally {
    console.warn = warn;
  }
}
