/** As long as the columns that hold one. */
export const LONGEST_IDENTIFIER = 255;

/** Whether a value from outside can name a user, a session or an organization: text without control characters, of a length that is kept. */
export function isIdentifier(value: unknown): value is string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return typeof value === 'string' && /^[^\u0000-\u001f\u007f]+$/.test(value) && value.length <= LONGEST_IDENTIFIER;
}
