import { Inject, Injectable } from '@nestjs/common';
import { ProviderApi } from '../providers/provider-api.js';
import { ProviderUnavailableError } from '../providers/provider.errors.js';
import { PROVIDER_URLS, type ProviderUrls } from '../providers/provider-urls.js';
import { fieldsOf, listOf, textOf } from '../providers/untrusted.js';

const MOST_EVENTS = 25;

export interface CalendarEvent {
  id: string;
  title: string;
  start: Date;
  end: Date;
  /** `start` and `end` are midnights in UTC then. */
  allDay: boolean;
  location?: string;
}

export interface Calendar {
  /** Whose calendar it is, in the provider's words. */
  name: string;
  timeZone: string;
  events: CalendarEvent[];
}

/** Google Calendar, as far as the app uses it. */
@Injectable()
export class CalendarService {
  constructor(
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(PROVIDER_URLS) private readonly urls: ProviderUrls,
  ) {}

  /** What is next in the user's primary calendar. */
  async upcoming(accessToken: string): Promise<Calendar> {
    const query = new URLSearchParams({
      timeMin: new Date().toISOString(),
      maxResults: String(MOST_EVENTS),
      singleEvents: 'true',
      orderBy: 'startTime',
    });
    return toCalendar(
      await this.api.get(`${this.urls.googleCalendar}/calendars/primary/events?${query.toString()}`, accessToken),
    );
  }
}

function toCalendar(answer: unknown): Calendar {
  const { items, summary, timeZone } = fieldsOf(answer);
  if (!Array.isArray(items)) throw new ProviderUnavailableError({ cause: new Error('the answer has no items') });
  return {
    name: textOf(summary) ?? 'Calendar',
    timeZone: knownTimeZone(textOf(timeZone)),
    events: listOf(items)
      .map(toEvent)
      .filter((event) => event !== undefined)
      .slice(0, MOST_EVENTS),
  };
}

function toEvent(item: unknown): CalendarEvent | undefined {
  const { id, status, summary, start, end, location } = fieldsOf(item);
  const allDay = textOf(fieldsOf(start).date) !== undefined;
  const from = dateOf(start);
  const until = dateOf(end);
  if (status === 'cancelled' || !from || !until) return undefined;
  return {
    id: textOf(id) ?? '',
    title: textOf(summary) ?? 'Busy',
    start: from,
    end: until,
    allDay,
    location: textOf(location),
  };
}

function dateOf(point: unknown): Date | undefined {
  const { date, dateTime } = fieldsOf(point);
  const at = new Date(textOf(dateTime) ?? textOf(date) ?? '');
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function knownTimeZone(timeZone: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return 'UTC';
    throw error;
  }
}
