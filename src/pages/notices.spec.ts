import { describe, expect, it } from 'vitest';
import { noticeOf } from './notices.js';

describe('the notice above a page', () => {
  it('says that a connect was cancelled, by the name of a known provider', () => {
    expect(noticeOf({ error: 'access_denied', connection: 'google-oauth2' })).toEqual({
      tone: 'bad',
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
  });

  it('says that a login was cancelled', () => {
    expect(noticeOf({ error: 'access_denied' })?.text).toMatch(/^You are not logged in/);
  });
});
