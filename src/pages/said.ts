import type { AbstractHttpAdapter } from '@nestjs/core';
import type { HttpRequest } from 'nestjs-auth0-connect';

/** What was just done, for the line above the page that a form leads to. */
export interface Said {
  done: string;
  connection: string;
  /** What the account is called: not in the address, which goes into histories and logs. */
  account?: string;
}

type Headers = Pick<HttpRequest, 'headers'>;

const NAME = 'daylight_said';
const FOR_SECONDS = 30;

/** Keeps it for the page that is shown next, in a cookie of that page. */
export function sayNext(adapter: AbstractHttpAdapter, { headers }: Headers, response: unknown, said: Said): void {
  const value = new URLSearchParams({ ...said }).toString();
  // A browser names the origin of a form that it sends.
  const secure = String(headers.origin).startsWith('https:') ? '; Secure' : '';
  adapter.appendHeader(response, 'Set-Cookie', `${NAME}=${value}; ${ATTRIBUTES}; Max-Age=${FOR_SECONDS}${secure}`);
}

/** Reads it, once: a reload does not repeat it. */
export function takeSaid(adapter: AbstractHttpAdapter, { headers }: Headers, response: unknown): Said | undefined {
  const [, value] = new RegExp(`(?:^|; *)${NAME}=([^;]+)`).exec(String(headers.cookie ?? '')) ?? [];
  if (value === undefined) return undefined;
  adapter.appendHeader(response, 'Set-Cookie', `${NAME}=; ${ATTRIBUTES}; Max-Age=0`);
  const { done = '', connection = '', account } = Object.fromEntries(new URLSearchParams(value));
  return { done, connection, account };
}

const ATTRIBUTES = 'Path=/accounts; HttpOnly; SameSite=Lax';
