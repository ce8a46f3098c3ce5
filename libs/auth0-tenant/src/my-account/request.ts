import { receivedRequest, type Context } from '../http/context.js';
import { MyAccountError, type ValidationError } from './error-response.js';
import { isValid, validate, type Schema } from './json-schema.js';
import { isRecord } from '../values.js';

/** The JSON body of a request, once it is what the schema says. */
export function readJson<T>(ctx: Context, schema: Schema<T>): T {
  const { contentType, record } = receivedRequest(ctx);
  if (contentType !== 'application/json') {
    throw new MyAccountError(415, `Content-Type must be application/json, not ${contentType ?? 'missing'}.`);
  }
  const { body } = record;
  if (!isRecord(body)) throw new MyAccountError(400, 'The body is not a JSON object.');
  const errors = validate(body, schema);
  if (!isValid(schema, body, errors)) throw new MyAccountError(400, 'Invalid request payload input.', errors);
  return body;
}

/** A refusal of one query parameter. */
export function badQuery(field: string, problem: string): MyAccountError {
  const error: ValidationError = { detail: `${field} ${problem}`, field, source: 'query' };
  return new MyAccountError(400, 'Invalid query parameters.', [error]);
}

/** Refuses parameters that the operation does not have, such as the answer's `next` in place of `from`. */
export function assertKnownQuery(ctx: Context, known: string[]): void {
  const unknown = [...new URLSearchParams(ctx.querystring).keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw badQuery(unknown, unknown === 'next' ? 'is not known here: the cursor goes into "from"' : 'is not known here');
}

/** The values of a query parameter that may be repeated. */
export function queryValues(ctx: Context, name: string): string[] {
  return new URLSearchParams(ctx.querystring).getAll(name);
}

/** The value of a query parameter that may come once. */
export function queryValue(ctx: Context, name: string): string | undefined {
  const values = queryValues(ctx, name);
  if (values.length > 1) throw badQuery(name, 'must not be repeated');
  return values[0];
}
