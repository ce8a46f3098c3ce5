import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { hostOf, issuerAt } from './hosts.js';

describe('the issuer', () => {
  it('leaves out the port of its scheme, as every URL made of it does', () => {
    expect(issuerAt('https', 'localhost', 443)).toBe('https://localhost/');
    expect(issuerAt('http', 'localhost', 80)).toBe('http://localhost/');
  });

  it('names any other port', () => {
    expect(issuerAt('https', 'localhost', 80)).toBe('https://localhost:80/');
    expect(issuerAt('http', 'localhost', 443)).toBe('http://localhost:443/');
  });
});

describe('the host of a request', () => {
  const secure = Object.create(TLSSocket.prototype) as Socket;
  const plain = {} as Socket;

  it('is the same with the port of its scheme and without', () => {
    expect(hostOf({ headers: { host: 'localhost:443' }, socket: secure })).toBe('localhost');
    expect(hostOf({ headers: { host: 'LOCALHOST' }, socket: secure })).toBe('localhost');
    expect(hostOf({ headers: { host: 'localhost:443' }, socket: plain })).toBe('localhost:443');
  });

  it('is none when the header is missing or no host', () => {
    expect(hostOf({ headers: {}, socket: plain })).toBeUndefined();
    expect(hostOf({ headers: { host: 'a b' }, socket: plain })).toBeUndefined();
  });
});
