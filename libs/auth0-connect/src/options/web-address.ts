const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** `*.localhost` is one too, RFC 6761 section 6.3. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname) || hostname.endsWith('.localhost');
}

/** Undefined for what is no absolute http or https URL. */
export function parseWebAddress(value: unknown): URL | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  return url && ['https:', 'http:'].includes(url.protocol) ? url : undefined;
}

/** Something before an `@`: it is never meant, and shows another host than the one that is asked. */
export function namesUser({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
