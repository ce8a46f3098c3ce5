import { AS_A_PAGE, NAVIGATION, SCRIPT } from './flows.js';

const part = (dest: string, mode = 'no-cors'): Record<string, string> => ({
  accept: '*/*',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': mode,
  'sec-fetch-dest': dest,
});

/** What nobody has clicked on, by what browsers say of it. */
export const unasked: [string, Record<string, string>, string?][] = [
  ['a prefetch by a link element', { ...part('empty'), 'sec-purpose': 'prefetch' }],
  ['a prefetch by speculation rules', { ...NAVIGATION, 'sec-purpose': 'prefetch' }],
  ['a prerender', { ...NAVIGATION, 'sec-purpose': 'prefetch;prerender' }],
  ['a prefetch through a proxy', { ...NAVIGATION, 'sec-purpose': 'prefetch;anonymous-client-ip' }],
  ['a prefetch of an older Chromium', { ...AS_A_PAGE, purpose: 'prefetch' }],
  ['a prefetch of an older Firefox', { ...AS_A_PAGE, 'x-moz': 'prefetch' }],
  ['a preview of an older Safari', { ...AS_A_PAGE, 'x-purpose': 'preview' }],
  ['a HEAD', { 'sec-fetch-site': 'none' }, 'HEAD'],
  ['a HEAD that says it navigates', NAVIGATION, 'HEAD'],
  ['the fetch of a script', SCRIPT],
  ['the fetch of a script that asks for a page', { ...SCRIPT, accept: 'text/html' }],
  ['an image', part('image')],
  ['a script element', part('script')],
  ['a stylesheet', part('style')],
  ['an object element', part('object', 'navigate')],
  ['an iframe of a sibling origin', { ...NAVIGATION, 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'iframe' }],
  ['an iframe of another site', { ...NAVIGATION, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }],
  ['an image in an older browser', { accept: 'image/avif,image/webp,*/*;q=0.8' }],
  ['the fetch of a script in an older browser', { accept: '*/*', referer: 'http://localhost/dashboard' }],
  ['a socket that is opened', { ...part('websocket', 'websocket'), origin: 'http://localhost' }],
];
