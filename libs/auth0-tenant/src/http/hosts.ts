import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';

/** The issuer at a host name and port, which a URL leaves out where it is the scheme's own. */
export function issuerAt(scheme: 'http' | 'https', hostname: string, port: number): string {
  return new URL(`${scheme}://${hostname}:${port}/`).href;
}

/** The host a request is for, as a URL of its scheme has it; nothing when it names none. */
export function hostOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string | undefined {
  const scheme = socket instanceof TLSSocket ? 'https' : 'http';
  const url = `${scheme}://${headers.host ?? ''}`;
  return headers.host !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}

/** Turns a request for another host away: every issuer, audience and endpoint is of one host, never of a mix. */
export function refuseHost(response: ServerResponse, known: string[]): void {
  const body = {
    error: 'misdirected_request',
    error_description: `This tenant answers to ${known.join(', ')}. Other names are to be given as hostname or customDomains.`,
  };
  response.writeHead(421, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
