import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issueCertificate } from './certificates.js';
import { keptCertificate } from './kept-certificate.js';

describe('a certificate that is kept', () => {
  let directory: string;
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'certificates-')), 'new');
  });
  afterEach(async () => rm(join(directory, '..'), { recursive: true }));

  it('is of an authority that can sign nothing more, for its key is not kept', async () => {
    const { cert, key, authority, authorityFile } = await keptCertificate(directory, ['localhost', '[::1]', 'auth0']);
    const [leaf, root] = [new X509Certificate(cert), new X509Certificate(authority)];
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(root.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect([leaf.checkHost('auth0'), leaf.checkIP('::1'), leaf.checkHost('other')]).toEqual([
      'auth0',
      '::1',
      undefined,
    ]);
    expect(await readFile(authorityFile, 'utf8')).toBe(authority);
    expect(await readFile(join(directory, 'tenant.pem'), 'utf8')).toContain(key);
    expect((await stat(join(directory, 'tenant.pem'))).mode & 0o077, 'nobody else reads the key').toBe(0);
  });

  it('stays the same while it does, and is made anew for another name', async () => {
    const first = await keptCertificate(directory, ['localhost']);
    expect(await keptCertificate(directory, ['localhost'])).toEqual(first);
    const second = await keptCertificate(directory, ['localhost', 'auth0']);
    expect(second.cert).not.toBe(first.cert);
    expect(await keptCertificate(directory, ['auth0'])).toEqual(second);
  });

  it('is made anew when it is about to expire', async () => {
    const { authority, authorityFile } = await keptCertificate(directory, ['localhost']);
    const { key, cert } = issueCertificate({ commonName: 'localhost', hostnames: ['localhost'], validDays: 6 });
    await writeFile(join(directory, 'tenant.pem'), [key, cert, authority].join(''));
    const second = await keptCertificate(directory, ['localhost']);
    expect(second.cert).not.toBe(cert);
    expect(second.authority).not.toBe(authority);
    expect(await readFile(authorityFile, 'utf8')).toBe(second.authority);
  });

  it('is the same for all who ask at once', async () => {
    const [first, ...others] = await Promise.all([1, 2].map(async () => keptCertificate(directory, ['localhost'])));
    for (const other of others) expect(other).toEqual(first);
    expect((await readdir(directory)).toSorted()).toEqual(['authority.pem', 'tenant.pem']);
  });

  it('is made anew when a crash has left half of it', async () => {
    await keptCertificate(directory, ['localhost']);
    const text = await readFile(join(directory, 'tenant.pem'), 'utf8');
    await writeFile(join(directory, 'tenant.pem'), text.slice(0, 100));
    const { cert, authority } = await keptCertificate(directory, ['localhost']);
    expect(new X509Certificate(cert).verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(await keptCertificate(directory, ['localhost'])).toMatchObject({ cert, authority });
  });
});
