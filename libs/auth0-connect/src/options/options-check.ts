import { ConfigurationError } from '../errors/configuration.error.js';

/** Collects what is wrong with the options, so that all of it is said at once. Knows no option, only kinds of values. */
export class OptionsCheck {
  readonly problems: string[] = [];

  add(...problems: readonly string[]): void {
    this.problems.push(...problems);
  }

  /** @throws ConfigurationError where anything was wrong */
  done(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }

  text(name: string, value: unknown): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.add(`${name} is required`);
    return '';
  }

  boolean(name: string, value: unknown, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') this.add(`${name} must be true or false`);
    return value === true;
  }

  integer(name: string, value: unknown, fallback: number, minimum: number): number {
    if (value === undefined) return fallback;
    if (Number.isSafeInteger(value) && (value as number) >= minimum) return value as number;
    this.add(`${name} must be a whole number of at least ${minimum}`);
    return fallback;
  }

  /** @returns milliseconds */
  seconds(name: string, value: unknown, fallback: number, minimum = 1): number {
    return this.integer(name, value, fallback, minimum) * 1000;
  }

  function<T>(name: string, value: T | undefined): T | undefined {
    if (value !== undefined && typeof value !== 'function') this.add(`${name} must be a function`);
    return value;
  }

  object(name: string, value: unknown): Partial<Record<string, unknown>> {
    if (value === undefined) return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    this.add(`${name} must be an object`);
    return {};
  }

  /** @returns at least one item, unless that is what is wrong */
  list(name: string, value: unknown): readonly unknown[] {
    if (Array.isArray(value) && value.length > 0) return value as unknown[];
    this.add(`${name} must be a list of one or more`);
    return [];
  }
}
