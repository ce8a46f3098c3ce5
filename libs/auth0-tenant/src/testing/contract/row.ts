import type { World } from './world.js';

/** One request that a rule of the contract speaks of, and what has to come of it. */
export interface Row {
  rule: string;
  /** Auth0's page, or the specification. */
  source: string;
  request: string;
  /** A status, with the error code where it is one. */
  answer: string;
  /** Sends the request; what was answered, in the same words. */
  readonly send: (world: World) => Promise<string>;
}

/** The rows of one rule. */
export function rule(
  name: string,
  source: string,
  requests: Record<string, [answer: string, send: Row['send']]>,
): Row[] {
  return Object.entries(requests).map(([request, [answer, send]]) => ({ rule: name, source, request, answer, send }));
}

/** An answer as the table has it. */
export function said({ status, body }: { status: number; body: Record<string, unknown> }): string {
  return typeof body.error === 'string' ? `${status} ${body.error}` : String(status);
}

/** Where an authorization request led, as the table has it. */
export function ledTo(callback: URL): string {
  return callback.searchParams.get('error') ?? (callback.searchParams.has('code') ? 'code' : 'neither');
}
