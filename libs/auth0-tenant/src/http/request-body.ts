import type { IncomingMessage } from 'node:http';
import querystring from 'node:querystring';
import { isRecord } from '../values.js';

/** More than this is not read: nothing of Auth0's is that long. */
const MAX_BYTES = 1024 * 1024;

/** Reads a request's body to its end. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The media type of a request without its parameters, in lower case. */
export function mediaType(request: IncomingMessage): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() || undefined;
}

/** A body as a value: forms and JSON become objects, anything else (and broken JSON) stays text. */
export function parseBody(raw: Buffer, contentType: string | undefined): unknown {
  if (raw.length === 0) return undefined;
  const text = raw.toString('utf8');
  if (contentType === 'application/x-www-form-urlencoded') return { ...querystring.parse(text) };
  if (contentType === 'application/json') {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  return text;
}

/**
 * Hands a body that was read already on to oidc-provider, which reads forms only, from the stream itself.
 * Auth0 takes JSON wherever it takes a form, so both arrive there as a form.
 */
export function handBackAsForm(request: IncomingMessage, parameters: Record<string, unknown>): void {
  const fields = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, isRecord(one) ? JSON.stringify(one) : String(one)]),
  );
  const form = Buffer.from(new URLSearchParams(fields).toString());
  request.headers['content-type'] = 'application/x-www-form-urlencoded';
  request.headers['content-length'] = String(form.length);
  delete request.headers['transfer-encoding'];
  Object.defineProperty(request, 'readable', { value: true, configurable: true });
  Object.defineProperty(request, 'iterator', {
    value: async function* body() {
      yield form;
    },
    configurable: true,
  });
}
