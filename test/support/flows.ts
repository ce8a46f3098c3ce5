import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_USERS, type RecordedRequest, type RequestKind, type TenantUser } from 'auth0-local-tenant';
import type { Answer, Person } from './person.js';
import type { TestApp } from './test-app.js';

/** For what has to happen some time, on a machine that has other things to do. */
const DEADLINE_MS = 30_000;

/** What a browser says when a person opens a page. */
export const AS_A_PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** The same with Fetch Metadata: by a link of the application. */
export const NAVIGATION = {
  ...AS_A_PAGE,
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/** As on each hop of a chain of redirects that has been at another site. */
export const NAVIGATION_FROM_ELSEWHERE = { ...NAVIGATION, 'sec-fetch-site': 'cross-site' };

/** What it says when the script of a page fetches data. */
export const SCRIPT = {
  accept: 'application/json',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
};

/** Calls to Auth0 that a refused request must not make. */
const CALLS = [
  'code',
  'refresh',
  'exchange',
  'connect',
  'complete',
  'accounts',
  'connections',
  'delete-account',
] as const;

/** A login that Auth0 has answered, up to the callback, which is not opened. */
export async function pendingLogin(
  test: TestApp,
  person: Person,
  { user = 'auth0|alice', returnTo = '/calendar/open', action = 'login', query = '' } = {},
): Promise<URL> {
  const callback = test.at('/auth/callback');
  const start = test.at(`/auth/login?returnTo=${encodeURIComponent(returnTo)}${query}`);
  const page = await person.open(start, { until: callback });
  const answer = page.status === 200 ? await person.submit(page, { user, action }, { until: callback }) : page;
  if (!answer.location?.startsWith(callback)) throw new Error(`login stopped at ${answer.url} (${answer.status})`);
  return new URL(answer.location);
}

/** A connect that the provider has answered, up to the callback, which is not opened. */
export async function pendingConnect(
  test: TestApp,
  person: Person,
  { connection = 'github', action = 'approve' } = {},
): Promise<URL> {
  const page = await test.startConnect(person, connection);
  const answer = await person.submit(page, { action }, { until: test.url });
  if (!answer.location) throw new Error(`connect stopped at ${answer.url} (${answer.status})`);
  return new URL(answer.location);
}

/** The same address with other parameters; `undefined` takes one away. */
export function changed(url: URL, parameters: Record<string, string | undefined>): URL {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) copy.searchParams.delete(name);
    else copy.searchParams.set(name, value);
  }
  return copy;
}

/** What a request is answered, and how many calls of each kind Auth0 got meanwhile (without those it got none of). */
export async function watch(
  test: TestApp,
  request: () => Promise<Answer>,
): Promise<{ answer: Answer; calls: Partial<Record<RequestKind, number>> }> {
  test.control.resetCounts();
  const answer = await request();
  const counts = CALLS.map((kind) => [kind, test.control.count(kind)] as const);
  return { answer, calls: Object.fromEntries(counts.filter(([, count]) => count > 0)) };
}

/** The last request of a kind that the tenant got. */
export function lastRequest(test: TestApp, kind: RequestKind): RecordedRequest & { body: Record<string, unknown> } {
  const found = test.control.requests.findLast((request) => request.kind === kind);
  if (!found) throw new Error(`no request of kind ${kind}`);
  return { ...found, body: (found.body ?? {}) as Record<string, unknown> };
}

export async function isLoggedIn(test: TestApp, person: Person): Promise<boolean> {
  return (await person.request(test.at('/auth/profile'))).status === 200;
}

export function errorCodeOf(answer: Answer): unknown {
  return answer.json<{ errorCode?: unknown }>().errorCode;
}

/** What would have ended the process meanwhile: rejections and exceptions that nobody handles. */
export async function unhandledDuring(work: () => Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  const events = ['unhandledRejection', 'uncaughtException'] as const;
  const note = (reason: unknown): void => void found.push(String(reason));
  const listeners = events.map((event) => [event, process.listeners(event as 'uncaughtException')] as const);
  for (const [event] of listeners) process.removeAllListeners(event).on(event, note);
  try {
    await work();
    await nextTurn();
  } finally {
    for (const [event, before] of listeners) {
      process.removeAllListeners(event);
      for (const listener of before) process.on(event, listener);
    }
  }
  return found;
}

/** By when Node has told of a rejection that nobody handles. */
async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

/** How many rows of each kind the library has stored. */
export async function storedRows(test: TestApp): Promise<Record<'sessions' | 'transactions' | 'tokens', number>> {
  const count = async (table: string): Promise<number> => {
    const rows: { n: number | string }[] = await test.database.query(
      `SELECT count(*) AS n FROM auth0_connect_${table}`,
    );
    return Number(rows[0]?.n);
  };
  const [sessions, transactions, tokens] = [
    await count('sessions'),
    await count('transactions'),
    await count('connection_tokens'),
  ];
  return { sessions, transactions, tokens };
}

/** As where somebody has taken a table away, or the database is gone. */
export async function withoutTable<T>(test: TestApp, table: string, work: () => Promise<T>): Promise<T> {
  await test.database.query(`ALTER TABLE auth0_connect_${table} RENAME TO away`);
  try {
    return await work();
  } finally {
    await test.database.query(`ALTER TABLE away RENAME TO auth0_connect_${table}`);
  }
}

/** Enough users for each test to have its own. */
export function someUsers(count = 40): TenantUser[] {
  const numbered = Array.from({ length: count }, (_, index): TenantUser => {
    const nickname = `person${index}`;
    return { userId: `auth0|${nickname}`, name: `Person ${index}`, nickname, email: `${nickname}@example.com` };
  });
  return [...DEFAULT_USERS, ...numbered];
}

/** Of the form of a `state` or a session id, and known to nobody. */
export function unknownToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The answers' statuses and how often each came. */
export function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Looks again and again until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`in ${DEADLINE_MS} ms it did not come to pass that ${what}`);
    await pause(20);
  }
}

/** Opens a link that connects an account, as its user: logs in where the browser is logged out, and approves. */
export async function openConnectLink(person: Person, url: string, user: string): Promise<Answer> {
  let page = await person.open(url, { headers: NAVIGATION_FROM_ELSEWHERE });
  if (/name="user"/.test(page.text)) page = await person.submit(page, { user, action: 'login' });
  return person.submit(page, { action: 'approve' });
}
