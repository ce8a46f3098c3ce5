import { describe, expect, it } from 'vitest';
import { AUTH0_CONNECT_REDACT, redactUrl } from './redact.js';

describe('an address in a log', () => {
  it.each([
    ['/auth/callback?code=abc&state=def', '/auth/callback?code=REDACTED&state=REDACTED'],
    ['/auth/callback?connect_code=abc&x=1#top', '/auth/callback?connect_code=REDACTED&x=1'],
    ['https://a.example/authorize?client_id=c&nonce=n', 'https://a.example/authorize?client_id=c&nonce=REDACTED'],
    [
      '/auth/callback?%63ode=abc&CODE=abc&code[]=abc&code[0]=a',
      '/auth/callback?%63ode=REDACTED&CODE=REDACTED&code[]=REDACTED&code[0]=REDACTED',
    ],
    ['/auth/callback?code=a=b&code', '/auth/callback?code=REDACTED&code'],
    ['/auth/callback?%zz=abc', '/auth/callback?%zz=REDACTED'],
    ['/notes?q=state&page=2', '/notes?q=state&page=2'],
    ['/notes#code=abc', '/notes'],
    ['/notes', '/notes'],
    ['', ''],
  ])('%s is %s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted);
  });
});

it('has the paths of a request that hold secrets', () => {
  expect(AUTH0_CONNECT_REDACT).toContain('req.headers.cookie');
  expect(AUTH0_CONNECT_REDACT).toContain('req.query.connect_code');
});
