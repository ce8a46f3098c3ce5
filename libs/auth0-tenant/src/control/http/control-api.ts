import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TenantConfigurationError } from '../../configuration/configuration-error.js';
import { isLoopback } from '../../http/loopback.js';
import { mediaType, parseBody, readBody } from '../../http/request-body.js';
import type { TenantControl } from '../tenant-control.js';
import { BadCommandError, Commands } from './commands.js';

/** Where the control API is, on every host of the tenant. */
export const CONTROL_PATH = '/local-tenant/control';

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => Promise<void>) => Promise<void>;

interface Answer {
  status: number;
  body: unknown;
}

/**
 * Scripts the tenant over HTTP: `POST /local-tenant/control/{command}` with a JSON object, for processes on the same
 * machine that know the secret. Without a secret there is no such API. Its calls are not recorded, held or failed.
 */
export function controlApi(control: TenantControl, secret: string | undefined): Handler {
  const commands = new Commands(control);
  return async (request, response, next) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (secret === undefined || !pathname.startsWith(`${CONTROL_PATH}/`)) {
      await next();
      return;
    }
    const { status, body } = await answer(commands, secret, request, pathname.slice(CONTROL_PATH.length + 1));
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
}

async function answer(commands: Commands, secret: string, request: IncomingMessage, name: string): Promise<Answer> {
  if (!isLoopback(request.socket.remoteAddress)) {
    return refusal(403, 'not_loopback', 'The control API answers to this machine alone.');
  }
  if (!isSecret(secret, request.headers.authorization)) {
    return refusal(401, 'unauthorized', 'Send "Authorization: Bearer" with the secret printed at the start.');
  }
  if (request.method !== 'POST') return refusal(405, 'method_not_allowed', 'Every command is a POST.');
  const raw = await readBody(request);
  const parameters = raw.length === 0 ? {} : parseBody(raw, 'application/json');
  if (raw.length > 0 && mediaType(request) !== 'application/json') {
    return refusal(415, 'unsupported_media_type', 'Parameters are a JSON object, with content-type application/json.');
  }
  try {
    return { status: 200, body: (await commands.run(name, parameters)) ?? {} };
  } catch (error) {
    if (error instanceof BadCommandError) return refusal(error.status, error.code, error.message);
    if (error instanceof TenantConfigurationError) {
      return { status: 400, body: { error: error.code, message: error.message, problems: error.problems } };
    }
    // The control's own errors say what was wrong with the call, such as an unknown user.
    return refusal(400, 'failed', error instanceof Error ? error.message : String(error));
  }
}

function refusal(status: number, error: string, message: string): Answer {
  return { status, body: { error, message } };
}

function isSecret(secret: string, authorization = ''): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  // Digests have the same length, which the comparison needs.
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
