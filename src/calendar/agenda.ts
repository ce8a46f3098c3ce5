import type { Calendar, CalendarEvent } from './calendar.service.js';

const LOCALE = 'en-GB';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface AgendaEntry {
  title: string;
  location?: string;
  /** `09:00`, or nothing for a whole day. */
  from?: string;
  until?: string;
  duration: string;
  /** The start in ISO 8601. */
  dateTime: string;
  state: 'past' | 'now' | 'ahead';
}

export interface AgendaDay {
  /** `Today`, `Tomorrow`, `Thursday`. */
  label: string;
  /** `26 November`. */
  date: string;
  entries: AgendaEntry[];
}

/** The events of a calendar by day, in the calendar's time zone. */
export function agendaOf(calendar: Calendar, now: Date): AgendaDay[] {
  const days = new Map<string, AgendaDay>();
  for (const event of calendar.events) {
    const timeZone = event.allDay ? 'UTC' : calendar.timeZone;
    const key = dayKey(event.start, timeZone);
    const day = days.get(key) ?? {
      label: dayLabel(event.start, timeZone, dayKeysFromToday(now, calendar.timeZone)),
      date: format(event.start, timeZone, { day: 'numeric', month: 'long' }),
      entries: [],
    };
    day.entries.push(entryOf(event, timeZone, now));
    days.set(key, day);
  }
  return [...days.values()];
}

function entryOf(event: CalendarEvent, timeZone: string, now: Date): AgendaEntry {
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return {
    title: event.title,
    location: event.location,
    from: event.allDay ? undefined : format(event.start, timeZone, time),
    until: event.allDay ? undefined : format(event.end, timeZone, time),
    duration: event.allDay ? 'All day' : durationOf(event),
    dateTime: event.start.toISOString(),
    state: stateOf(event, now),
  };
}

function stateOf({ start, end, allDay }: CalendarEvent, now: Date): AgendaEntry['state'] {
  if (end <= now) return 'past';
  return start <= now && !allDay ? 'now' : 'ahead';
}

function durationOf({ start, end }: CalendarEvent): string {
  const minutes = Math.max(0, Math.round((end.getTime() - start.getTime()) / MINUTE_MS));
  const hours = Math.floor(minutes / 60);
  const parts = [hours > 0 && `${hours} h`, (minutes % 60 > 0 || hours === 0) && `${minutes % 60} min`];
  return parts.filter(Boolean).join(' ');
}

function dayLabel(date: Date, timeZone: string, [today, tomorrow]: readonly [string, string]): string {
  const key = dayKey(date, timeZone);
  if (key === today) return 'Today';
  return key === tomorrow ? 'Tomorrow' : format(date, timeZone, { weekday: 'long' });
}

function dayKeysFromToday(now: Date, timeZone: string): readonly [string, string] {
  return [dayKey(now, timeZone), dayKey(new Date(now.getTime() + DAY_MS), timeZone)];
}

/** `2026-11-22`. */
function dayKey(date: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(date);
}

function format(date: Date, timeZone: string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALE, { timeZone, ...parts }).format(date);
}
