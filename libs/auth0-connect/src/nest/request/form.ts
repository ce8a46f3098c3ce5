import { Readable } from 'node:stream';

/** A logout token has a few hundred characters. */
const LARGEST_FORM_BYTES = 64 * 1024;

/**
 * The fields of a form that nobody has read: an application may have switched its body parser off.
 * @returns undefined where it is no form, is too large, or is gone
 */
export async function readForm(request: unknown): Promise<Record<string, string> | undefined> {
  if (!(request instanceof Readable) || request.readableEnded) return undefined;
  const { headers } = request as Readable & { headers?: Record<string, unknown> };
  if (!/^application\/x-www-form-urlencoded\b/i.test(String(headers?.['content-type']))) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > LARGEST_FORM_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
}
