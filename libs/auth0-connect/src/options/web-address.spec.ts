import { describe, expect, it } from 'vitest';
import { isLoopback } from './web-address.js';

const hostOf = (url: string): string => new URL(url).hostname;

describe('a loopback address', () => {
  it.each([
    'http://localhost:3000',
    'http://LOCALHOST',
    'http://acme.localhost:3000',
    'http://a.b.localhost',
    'http://127.0.0.1',
    'http://127.0.0.2:3000',
    'http://127.1',
    'http://2130706433',
    'http://[::1]:3000',
  ])('is %s', (url) => {
    expect(isLoopback(hostOf(url))).toBe(true);
  });

  it.each([
    'http://localhost.evil.example',
    'http://evillocalhost',
    'http://localhost@evil.example',
    'http://127.0.0.1.evil.example',
    'http://evil.example/127.0.0.1',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://192.168.0.1',
    'http://[::2]',
    'http://auth0:4400',
  ])('is not %s', (url) => {
    expect(isLoopback(hostOf(url))).toBe(false);
  });
});
