import { describe, expect, it } from 'vitest';
import { agendaOf } from './agenda.js';
import type { CalendarEvent } from './calendar.service.js';

const NOW = new Date('2026-11-22T22:30:00Z');

function event(title: string, start: string, end: string, allDay = false): CalendarEvent {
  return { id: title, title, start: new Date(start), end: new Date(end), allDay };
}

describe('the agenda', () => {
  it('groups events by day in the time zone of the calendar', () => {
    const events = [
      event('Late call', '2026-11-22T22:15:00Z', '2026-11-22T22:45:00Z'),
      event('Breakfast', '2026-11-23T07:00:00Z', '2026-11-23T08:30:00Z'),
    ];

    const days = agendaOf({ name: 'Alice', timeZone: 'Europe/Berlin', events }, NOW);

    expect(days.map(({ label, date }) => `${label}, ${date}`)).toEqual(['Today, 22 November', 'Tomorrow, 23 November']);
    expect(days[0]?.entries[0]).toMatchObject({ from: '23:15', until: '23:45', duration: '30 min', state: 'now' });
    expect(days[1]?.entries[0]).toMatchObject({ from: '08:00', until: '09:30', duration: '1 h 30 min' });
  });

  it('keeps a whole day on its date, wherever the calendar is', () => {
    const events = [event('Holiday', '2026-11-24', '2026-11-25', true)];

    const [day] = agendaOf({ name: 'Alice', timeZone: 'America/Los_Angeles', events }, NOW);

    expect(day).toMatchObject({ label: 'Tuesday', date: '24 November' });
    expect(day?.entries[0]).toMatchObject({ duration: 'All day', from: undefined, state: 'ahead' });
  });

  it('tells what is over', () => {
    const events = [event('Stand-up', '2026-11-22T09:00:00Z', '2026-11-22T09:15:00Z')];

    const [day] = agendaOf({ name: 'Alice', timeZone: 'UTC', events }, NOW);

    expect(day?.entries[0]?.state).toBe('past');
  });
});
