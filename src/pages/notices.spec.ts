import { describe, expect, it } from 'vitest';
import { noticeOf } from './notices.js';

describe('the notice above a page', () => {
  it('says that a connect was cancelled, by the name of a known provider', () => {
    expect(noticeOf({ error: 'access_denied', connection: 'google-oauth2' })).toEqual({
      tone: 'note',
      text: 'Google was not connected: access was not granted.',
    });
  });

  it('never repeats the query', () => {
    expect(noticeOf({ error: 'access_denied', connection: 'call 0900' })?.text).toMatch(
      /^The account was not connected/,
    );
    expect(noticeOf({ error: 'your computer is broken' })).toBeUndefined();
    expect(noticeOf({ error: 'constructor', connection: 'github' })).toBeUndefined();
    expect(noticeOf({ done: ['connected'] })).toBeUndefined();
    expect(noticeOf({ done: 'connected', connection: 'call 0900' })?.text).toBe('The account is connected.');
  });

  it('says that a login was cancelled', () => {
    expect(noticeOf({ error: 'access_denied' })).toMatchObject({
      tone: 'note',
      text: expect.stringMatching(/^You are not logged in/) as string,
    });
  });

  it('alarms only where something has gone wrong', () => {
    expect(noticeOf({ error: 'invalid_callback' })?.tone).toBe('bad');
    expect(noticeOf({ error: 'account_conflict', connection: 'github' })?.tone).toBe('bad');
  });

  it('says which provider is connected', () => {
    expect(noticeOf({ done: 'connected', connection: 'google-oauth2' })).toEqual({
      tone: 'good',
      text: 'Google is connected.',
    });
  });
});
