import { InvalidAuth0ResponseError } from '../errors/index.js';
import { wholeSeconds } from '../shared/whole-seconds.js';

/** Sealed it fits the smallest column that there is, 64 kB. */
const LONGEST_KEPT = 40_000;

/** Text that will be stored. @throws InvalidAuth0ResponseError when it is longer than what every database keeps */
export function keepable(operation: string, name: string, text: string): string {
  if (text.length <= LONGEST_KEPT) return text;
  throw new InvalidAuth0ResponseError(operation, `"${name}" is longer than ${LONGEST_KEPT} characters`);
}

/** Undefined where the answer does not say. @throws InvalidAuth0ResponseError */
export function expiresInOf(
  operation: string,
  { expires_in: given }: { readonly expires_in?: unknown },
): number | undefined {
  return given === undefined ? undefined : seconds(operation, 'expires_in', given);
}

/** @throws InvalidAuth0ResponseError */
export function seconds(operation: string, name: string, value: unknown): number {
  const whole = wholeSeconds(value);
  if (whole !== undefined) return whole;
  throw new InvalidAuth0ResponseError(operation, `"${name}" is not a number of seconds`);
}
