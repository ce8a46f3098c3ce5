import { InvalidAuth0ResponseError, type Auth0Answer } from '../errors/index.js';
import { wholeSeconds } from '../shared/whole-seconds.js';

const LONGEST_TEXT = 8192;

/** A JSON object that Auth0 has sent, read field by field: what has not the documented type is an error that names it. */
export class Answer {
  private constructor(
    private readonly operation: string,
    private readonly fields: Readonly<Record<string, unknown>>,
  ) {}

  /** @throws InvalidAuth0ResponseError when it is no JSON object */
  static parse(operation: string, body: string): Answer {
    const fields = parseObject(body);
    if (!fields) throw new InvalidAuth0ResponseError(operation, 'it is not a JSON object');
    return new Answer(operation, fields);
  }

  /** For error answers, which a gateway may send with any body. */
  static tolerant(operation: string, body: string): Answer {
    return new Answer(operation, parseObject(body) ?? {});
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.fail(name, 'a string');
  }

  optionalText(name: string): string | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null || value === '') return undefined;
    return isPlainText(value) ? value : this.fail(name, 'a string');
  }

  /** Undefined unless it is a string: for error answers. */
  looseText(name: string): string | undefined {
    const value = this.fields[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** What an error says, in OAuth's form or in My Account's (RFC 9457). */
  words(status: number): Auth0Answer {
    return {
      status,
      error: this.looseText('error') ?? this.looseText('title'),
      description: this.looseText('error_description') ?? this.looseText('detail'),
      type: this.looseText('type'),
    };
  }

  /** Absent counts as none. */
  texts(name: string): string[] {
    const value = this.fields[name] ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      return this.fail(name, 'a list of strings');
    }
    return value;
  }

  positiveSeconds(name: string): number {
    const seconds = wholeSeconds(this.fields[name]);
    return seconds !== undefined && seconds > 0 ? seconds : this.fail(name, 'a number of seconds above 0');
  }

  date(name: string): Date {
    return this.optionalDate(name) ?? this.fail(name, 'a date');
  }

  optionalDate(name: string): Date | undefined {
    const value = this.optionalText(name);
    if (value === undefined) return undefined;
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? this.fail(name, 'a date') : date;
  }

  record(name: string): Answer {
    return this.nested(name, this.fields[name]);
  }

  records(name: string): Answer[] {
    const value = this.fields[name];
    return Array.isArray(value) ? value.map((item: unknown) => this.nested(name, item)) : this.fail(name, 'a list');
  }

  optionalRecords(name: string): Answer[] {
    const value = this.fields[name];
    return Array.isArray(value) ? value.filter(isObject).map((item) => this.nested(name, item)) : [];
  }

  private nested(name: string, value: unknown): Answer {
    return isObject(value) ? new Answer(this.operation, value) : this.fail(name, 'an object');
  }

  private fail(name: string, expected: string): never {
    throw new InvalidAuth0ResponseError(this.operation, `"${name}" is not ${expected}`);
  }
}

/** Longer than any id, address or cursor there is; no database and no header takes a control character. */
function isPlainText(value: unknown): value is string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return typeof value === 'string' && value.length <= LONGEST_TEXT && !/[\u0000-\u001f\u007f]/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
