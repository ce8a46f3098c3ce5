import type { IncomingMessage } from 'node:http';
import { NextRequest } from 'next/server.js';
import type { Application } from './application.js';

/** Hands requests to a handler as Next.js hands them to its middleware. */
export function serveNext(application: Application, answer: (request: NextRequest) => Promise<Response>): void {
  application.handle(async (request, response) => {
    const answered = await answer(await nextRequest(application.url, request));
    response.writeHead(answered.status, [...answered.headers].flat());
    response.end(Buffer.from(await answered.arrayBuffer()));
  });
}

async function nextRequest(origin: string, request: IncomingMessage): Promise<NextRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method, url = '/' } = request;
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new NextRequest(`${origin}${url}`, {
    method,
    headers,
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
  });
}
