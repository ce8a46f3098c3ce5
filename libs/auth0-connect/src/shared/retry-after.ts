/**
 * What `Retry-After` says, RFC 9110 section 10.2.3: seconds, or a date.
 * @returns milliseconds from now; undefined where it says nothing to go by
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}
