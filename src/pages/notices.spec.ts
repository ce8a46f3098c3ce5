import { describe, expect, it } from 'vitest';
import { noticeOf } from './notices.js';

describe('the notice above a page', () => {
  it('says that a connect was cancelled, by the name of a known provider', () => {
    expect(noticeOf({ auth0_connect_error: 'access_denied', auth0_connect_connection: 'google-oauth2' })).toEqual({
      tone: 'note',
      text: 'Google was not connected: access was not granted.',
    });
  });

  it('never repeats the query', () => {
    expect(noticeOf({ auth0_connect_error: 'access_denied', auth0_connect_connection: 'call 0900' })?.text).toMatch(
      /^The account was not connected/,
    );
    expect(noticeOf({ auth0_connect_error: 'your computer is broken' })).toBeUndefined();
    expect(noticeOf({ auth0_connect_error: 'constructor', auth0_connect_connection: 'github' })).toBeUndefined();
    expect(noticeOf({ done: ['connected'] })).toBeUndefined();
    expect(noticeOf({ done: 'connected', connection: 'call 0900' })?.text).toBe('The account is connected.');
  });

  it('says that a login was cancelled', () => {
    expect(noticeOf({ auth0_connect_error: 'access_denied' })).toMatchObject({
      tone: 'note',
      text: expect.stringMatching(/^The login was cancelled/) as string,
    });
  });

  it('alarms only where something has gone wrong', () => {
    expect(noticeOf({ auth0_connect_error: 'invalid_callback' })?.tone).toBe('bad');
    expect(noticeOf({ auth0_connect_error: 'account_conflict', auth0_connect_connection: 'github' })?.tone).toBe('bad');
  });

  it('says which provider is connected', () => {
    expect(noticeOf({ done: 'connected', connection: 'google-oauth2' })).toEqual({
      tone: 'good',
      text: 'Google is connected.',
    });
  });
});
