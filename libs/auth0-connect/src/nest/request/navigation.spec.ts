import { describe, expect, it } from 'vitest';
import { CrossSiteRequestError } from '../../errors/index.js';
import { refuseCrossSite } from './navigation.js';

const APP = 'https://app.example.com';

function send(method: string, headers: Record<string, string>): void {
  refuseCrossSite(
    { method, originalUrl: '/', headers },
    { appBaseUrl: APP, trustedOrigins: ['https://front.example.com'] },
  );
}

describe('a request that acts for the user', () => {
  it.each([
    ['a link within the application', 'GET', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }],
    ['a bookmark', 'GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['a link on a sibling', 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }],
    ['a form of ours under no-referrer', 'POST', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    ['a program', 'POST', {}],
    ['a form of ours in an old browser', 'POST', { origin: APP }],
    ['a script of a trusted origin', 'POST', { 'sec-fetch-site': 'same-site', origin: 'https://front.example.com' }],
  ])('passes when it is %s', (_what, method, headers) => {
    expect(() => send(method, headers)).not.toThrow();
  });

  it.each([
    ['a link on another site', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['a form on a sibling', 'POST', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }],
    ['an image on a sibling', 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
    ['a script on a sibling', 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
    ['of a kind that nobody knows', 'GET', { 'sec-fetch-site': 'elsewhere' }],
    ['a form on another site in an old browser', 'POST', { origin: 'https://evil.example' }],
    ['a form that hides where it is', 'POST', { origin: 'null' }],
    [
      'a script of an origin that only begins alike',
      'POST',
      { 'sec-fetch-site': 'same-site', origin: 'https://front.example.com.evil' },
    ],
  ])('is refused when it is %s', (_what, method, headers) => {
    expect(() => send(method, headers)).toThrow(CrossSiteRequestError);
  });
});
