import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { describe, expect, it } from 'vitest';
import { startLocalTenant } from '../index.js';
import { json } from '../testing/flows.js';

const DISCOVERY = '/.well-known/openid-configuration';

/** The status of the discovery document, asked for at an address. */
async function statusAt(address: string, port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: address, port, path: DISCOVERY, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

describe('where a tenant listens', () => {
  it('is the loopback interface in both families, on one port', async () => {
    await using tenant = await startLocalTenant();
    const { host } = new URL(tenant.issuer);
    expect(await statusAt('127.0.0.1', tenant.port, host)).toBe(200);
    expect(await statusAt('::1', tenant.port, host)).toBe(200);
  });

  it('is reached by [::1] as its name', async () => {
    await using tenant = await startLocalTenant({ hostname: '[::1]' });
    expect(tenant.domain).toBe(`http://[::1]:${tenant.port}`);
    const document = await json(await fetch(tenant.domain + DISCOVERY));
    expect(document.issuer).toBe(tenant.issuer);
  });

  it('may be another address than its name says, for sibling containers', async () => {
    await using tenant = await startLocalTenant({ hostname: 'auth0', listen: ['0.0.0.0'] });
    expect(tenant.issuer).toBe(`http://auth0:${tenant.port}/`);
    expect(await statusAt('127.0.0.1', tenant.port, `auth0:${tenant.port}`)).toBe(200);
    await expect(statusAt('::1', tenant.port, `auth0:${tenant.port}`)).rejects.toThrow('ECONNREFUSED');
  });

  it('is refused when the port is taken in one family alone', async () => {
    await using first = await startLocalTenant({ listen: ['::1'], hostname: '[::1]' });
    await expect(startLocalTenant({ port: first.port })).rejects.toThrow('EADDRINUSE');
    await using second = await startLocalTenant({ port: first.port, listen: ['127.0.0.1'] });
    expect(second.port).toBe(first.port);
  });

  it('serves HTTPS with a certificate of its own, trusted by its authority alone', async () => {
    await using tenant = await startLocalTenant({ tls: true });
    const status = async (ca: string | undefined) =>
      new Promise((resolve, reject) => {
        getTls(tenant.domain + DISCOVERY, { ca }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on('error', reject);
      });
    expect(tenant.domain).toBe(`https://localhost:${tenant.port}`);
    expect(await status(tenant.certificateAuthority)).toBe(200);
    await expect(status(undefined)).rejects.toThrow(/unable to verify|self-signed/);
  });
});
