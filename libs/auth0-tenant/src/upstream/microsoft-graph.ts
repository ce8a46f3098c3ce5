import { createHash } from 'node:crypto';
import type { Context } from '../http/context.js';
import type { UpstreamApi } from './upstream-api.js';

const HOUR_MS = 3_600_000;

/** Microsoft Graph: the events of a user's calendar. */
export const graphEvents: UpstreamApi = {
  methods: ['GET'],
  schemes: ['bearer'],
  path: '/upstream/microsoft/v1.0/me/events',
  strategy: 'windowslive',
  scopes: ['Calendars.Read', 'Calendars.ReadWrite'],
  body: ({ providerAccount }) => ({
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#me/events',
    value: ['Stand-up', 'Design review'].map((subject, index) => ({
      id: createHash('sha256').update(`${providerAccount.id} ${index}`).digest('base64url'),
      subject,
      start: timeIn(index + 1),
      end: timeIn(index + 2),
      organizer: { emailAddress: { name: providerAccount.name, address: providerAccount.email } },
    })),
  }),
  unauthorized: (ctx) => fail(ctx, 401, 'InvalidAuthenticationToken', 'Access token is empty or not valid.'),
  forbidden: (ctx) => fail(ctx, 403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.'),
};

function timeIn(hours: number): { dateTime: string; timeZone: string } {
  return { dateTime: new Date(Date.now() + hours * HOUR_MS).toISOString().replace('Z', '0000'), timeZone: 'UTC' };
}

function fail(ctx: Context, status: number, code: string, message: string): void {
  ctx.status = status;
  ctx.body = { error: { code, message, innerError: { date: new Date(Date.now()).toISOString() } } };
}
