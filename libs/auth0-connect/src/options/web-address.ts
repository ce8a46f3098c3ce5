/**
 * Names below `localhost` are (RFC 6761 section 6.3), and all of 127.0.0.0/8 (RFC 1122 section 3.2.1.3).
 * @param hostname as `URL` writes it: an IPv4 address has four parts there, whatever it was given as
 */
export function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /(^|\.)localhost$/.test(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname);
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
