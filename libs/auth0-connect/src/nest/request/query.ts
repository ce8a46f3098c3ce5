import { InvalidRequestError } from '../../errors/index.js';

/** A query as Express and Fastify hand it over: nothing about it is certain. */
export type Query = Readonly<Record<string, unknown>>;

/** A parameter that may be there once. @throws InvalidRequestError */
export function single(query: Query, name: string, longest: number): string | undefined {
  const value = own(query, name);
  if (value === undefined || value === '') return undefined;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (typeof value !== 'string' || value.length > longest || /[\u0000-\u001f\u007f]/.test(value)) {
    throw new InvalidRequestError(
      name,
      `must not be repeated, and have at most ${longest} characters without control characters`,
    );
  }
  return value;
}

/** Whether a parameter is there that has no value of its own: `?federated`. */
export function flag(query: Query, name: string): boolean {
  return ![undefined, 'false', '0'].some((no) => own(query, name) === no);
}

/** Where the person goes afterwards, to be checked by what uses it. @throws InvalidRequestError */
export function returnToIn(query: Query): string | undefined {
  const value = own(query, 'returnTo');
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new InvalidRequestError('returnTo', 'must not be repeated');
  return value;
}

/** A parameter that may be repeated. @throws InvalidRequestError */
export function repeated(query: Query, name: string): string[] {
  const value = own(query, name);
  const list: unknown[] = value === undefined ? [] : [value].flat();
  if (!list.every((item) => typeof item === 'string')) throw new InvalidRequestError(name, 'must be text');
  return list.filter((item) => item !== '');
}

/** @throws InvalidRequestError */
export function wholeNumber(query: Query, name: string, minimum: number, maximum: number): number | undefined {
  const value = single(query, name, 10);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < minimum || number > maximum) {
    throw new InvalidRequestError(name, `must be a whole number from ${minimum} to ${maximum}`);
  }
  return number;
}

function own(query: Query, name: string): unknown {
  return Object.hasOwn(query, name) ? query[name] : undefined;
}
