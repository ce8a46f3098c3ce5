import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import type { ClientTls } from '../options/client-auth.js';

/** Sends one request; `fetch` is the one that needs no certificate. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/**
 * A `fetch` that presents a client certificate (RFC 8705). Node's own has no way to be given one without a package
 * more. It follows no redirect and decodes no compression, for it asks for none.
 */
export function sendWithCertificate({ certificate, key, ca }: ClientTls): Send {
  const agent = new Agent({
    cert: certificate,
    key,
    ca,
    keepAlive: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  });
  return (url, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const sent = request(url, {
        agent,
        method,
        headers: Object.fromEntries(new Headers(headers)),
        signal: signal ?? undefined,
      });
      sent.once('error', reject);
      sent.once('response', (answer) => {
        const status = answer.statusCode ?? 0;
        const bodiless = [204, 205, 304].includes(status);
        if (bodiless) answer.resume();
        // Node's two types of a web stream differ in name only.
        const stream = bodiless ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
        try {
          resolve(new Response(stream, { status, headers: pairs(answer.rawHeaders) }));
        } catch (error) {
          answer.destroy();
          reject(error instanceof Error ? error : new Error('unusable answer'));
        }
      });
      sent.end(bodyText(body));
    });
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}

function bodyText(body: RequestInit['body']): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('only text and forms are sent to Auth0');
}
