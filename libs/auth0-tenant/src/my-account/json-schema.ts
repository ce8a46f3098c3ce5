import type { ValidationError } from './error-response.js';
import { isRecord } from '../values.js';

/** The part of JSON Schema the My Account API is described with; `T` is what a valid value is in TypeScript. */
export interface Schema<T = unknown> {
  /** Only for the type checker. */
  readonly valid?: T;
  type?: 'object' | 'array' | 'string' | 'integer';
  properties?: Record<string, Schema>;
  required?: string[];
  dependentRequired?: Record<string, string[]>;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minLength?: number;
  maxLength?: number;
  pattern?: RegExp;
  format?: 'uri';
  enum?: string[];
  minimum?: number;
  maximum?: number;
}

/** Checks a value; objects may have the listed properties and no others. */
export function validate(value: unknown, schema: Schema, path: string[] = []): ValidationError[] {
  if (schema.enum) {
    return schema.enum.some((one) => one === value) ? [] : [complain(path, `must be one of ${schema.enum.join(', ')}`)];
  }
  if (!hasType(value, schema.type)) return [complain(path, `must be of type ${schema.type}`)];
  if (typeof value === 'string') return stringErrors(value, schema, path);
  if (typeof value === 'number') return numberErrors(value, schema, path);
  if (Array.isArray(value)) return arrayErrors(value, schema, path);
  return isRecord(value) ? objectErrors(value, schema, path) : [];
}

/** Whether a value that was validated is valid. */
export function isValid<T>(_schema: Schema<T>, _value: unknown, errors: ValidationError[]): _value is T {
  return errors.length === 0;
}

function hasType(value: unknown, type: Schema['type']): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return isRecord(value);
  return typeof value === type;
}

function stringErrors(value: string, schema: Schema, path: string[]): ValidationError[] {
  const { minLength = 0, maxLength = Infinity, pattern, format } = schema;
  // JSON Schema counts characters, not UTF-16 units.
  const { length } = Array.from(value);
  if (length < minLength) return [complain(path, `must have at least ${minLength} characters`)];
  if (length > maxLength) return [complain(path, `must have at most ${maxLength} characters`)];
  if (pattern && !pattern.test(value)) return [complain(path, `must match ${pattern.source}`)];
  if (format === 'uri' && !URL.canParse(value)) return [complain(path, 'must be an absolute URI')];
  return [];
}

function numberErrors(value: number, { minimum = -Infinity, maximum = Infinity }: Schema, path: string[]) {
  if (value < minimum) return [complain(path, `must not be less than ${minimum}`)];
  if (value > maximum) return [complain(path, `must not be more than ${maximum}`)];
  return [];
}

function arrayErrors(value: unknown[], schema: Schema, path: string[]): ValidationError[] {
  const { minItems = 0, maxItems = Infinity, uniqueItems, items } = schema;
  if (value.length < minItems) return [complain(path, `must have at least ${minItems} items`)];
  if (value.length > maxItems) return [complain(path, `must have at most ${maxItems} items`)];
  if (uniqueItems && new Set(value).size !== value.length) return [complain(path, 'must not have the same item twice')];
  return items ? value.flatMap((item, index) => validate(item, items, [...path, String(index)])) : [];
}

function objectErrors(value: Record<string, unknown>, schema: Schema, path: string[]): ValidationError[] {
  const { properties = {}, required = [], dependentRequired = {} } = schema;
  const needed = [
    ...required,
    ...Object.entries(dependentRequired).flatMap(([name, others]) => (Object.hasOwn(value, name) ? others : [])),
  ];
  const missing = needed.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => complain([...path, name], 'is required')),
    ...Object.entries(value).flatMap(([name, member]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return known ? validate(member, known, [...path, name]) : [complain([...path, name], 'is not allowed')];
    }),
  ];
}

function complain(path: string[], problem: string): ValidationError {
  const field = path.join('.');
  const escaped = path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
  return {
    detail: `${field || 'body'} ${problem}`,
    ...(field ? { field } : undefined),
    pointer: escaped.map((part) => `/${part}`).join(''),
    source: 'body',
  };
}
