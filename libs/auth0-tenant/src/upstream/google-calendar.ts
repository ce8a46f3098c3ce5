import { createHash } from 'node:crypto';
import type { ProviderToken } from '../state/token-vault.js';
import type { UpstreamApi } from './upstream-api.js';

const AUTH = 'https://www.googleapis.com/auth';
const DAY_MS = 86_400_000;

/** What the week of an account looks like: title, days from today, hour, minutes long. */
const WEEK: [string, number, number, number][] = [
  ['Stand-up', 0, 9, 15],
  ['Design review', 0, 11, 60],
  ['Lunch with Robin', 0, 12, 60],
  ['One to one', 1, 10, 30],
  ['Dentist', 2, 16, 45],
];

const GOOGLE: Pick<UpstreamApi, 'methods' | 'schemes' | 'strategy' | 'unauthorized' | 'forbidden'> = {
  methods: ['GET'],
  schemes: ['bearer'],
  strategy: 'google-oauth2',
  unauthorized: (ctx) => {
    ctx.status = 401;
    ctx.set('www-authenticate', 'Bearer realm="https://accounts.google.com/", error="invalid_token"');
    ctx.body = failure(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.', 'authError');
  },
  forbidden: (ctx) => {
    ctx.status = 403;
    ctx.set('www-authenticate', 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"');
    ctx.body = failure(
      403,
      'PERMISSION_DENIED',
      'Request had insufficient authentication scopes.',
      'insufficientPermissions',
    );
  },
};

/** Google Calendar: the primary calendar, whose id is its owner's address. */
export const googleCalendar: UpstreamApi = {
  ...GOOGLE,
  path: '/upstream/google/calendar/v3/calendars/primary',
  scopes: [`${AUTH}/calendar`, `${AUTH}/calendar.readonly`],
  body: ({ providerAccount: { email } }) => ({
    kind: 'calendar#calendar',
    id: email,
    summary: email,
    timeZone: 'UTC',
  }),
};

/** Google Calendar: the events of the primary calendar. */
export const googleEvents: UpstreamApi = {
  ...GOOGLE,
  path: '/upstream/google/calendar/v3/calendars/primary/events',
  scopes: [
    `${AUTH}/calendar`,
    `${AUTH}/calendar.readonly`,
    `${AUTH}/calendar.events`,
    `${AUTH}/calendar.events.readonly`,
  ],
  body: (token) => ({
    kind: 'calendar#events',
    summary: token.providerAccount.email,
    timeZone: 'UTC',
    accessRole: 'owner',
    updated: new Date(Date.now()).toISOString(),
    items: WEEK.map((event, index) => eventOf(token, event, index)),
  }),
};

function eventOf(
  { providerAccount }: ProviderToken,
  [summary, days, hour, minutes]: (typeof WEEK)[number],
  index: number,
) {
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const start = midnight + days * DAY_MS + hour * 3_600_000;
  const id = createHash('sha256').update(`${providerAccount.id} ${index}`).digest('hex').slice(0, 26);
  const owner = { email: providerAccount.email, displayName: providerAccount.name, self: true };
  return {
    kind: 'calendar#event',
    id,
    status: 'confirmed',
    htmlLink: `https://calendar.example/event?eid=${id}`,
    summary,
    creator: owner,
    organizer: owner,
    start: { dateTime: new Date(start).toISOString(), timeZone: 'UTC' },
    end: { dateTime: new Date(start + minutes * 60_000).toISOString(), timeZone: 'UTC' },
  };
}

function failure(code: number, status: string, message: string, reason: string) {
  return { error: { code, message, errors: [{ message, domain: 'global', reason }], status } };
}
