/** The last second of the year 9999: every date, column and clock of ours can hold it. */
const LATEST = 253_402_300_799;

/**
 * Seconds from outside, a duration or a UNIX time, rounded down; undefined for what is no number of them that can be worked
 * with: text, a negative number, one beyond the year 9999.
 */
export function wholeSeconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= LATEST ? Math.floor(value) : undefined;
}
