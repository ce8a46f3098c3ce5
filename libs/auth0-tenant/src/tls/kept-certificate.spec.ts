import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
    expect(await readFile(join(directory, 'key.pem'), 'utf8')).toBe(key);
    expect((await stat(join(directory, 'key.pem'))).mode & 0o077, 'nobody else reads the key').toBe(0);
  });

  it('stays the same while it does, and is made anew for another name', async () => {
    const first = await keptCertificate(directory, ['localhost']);
    expect(await keptCertificate(directory, ['localhost'])).toEqual(first);
    const second = await keptCertificate(directory, ['localhost', 'auth0']);
    expect(second.cert).not.toBe(first.cert);
    expect(await keptCertificate(directory, ['auth0'])).toEqual(second);
  });

  it('is made anew when it is about to expire', async () => {
    const first = await keptCertificate(directory, ['localhost']);
    const old = await issueCertificate({ commonName: 'localhost', hostnames: ['localhost'], validDays: 6 });
    await writeFile(join(directory, 'cert.pem'), old.cert);
    expect((await keptCertificate(directory, ['localhost'])).cert).not.toBe(old.cert);
    expect(first.authority).not.toBe((await keptCertificate(directory, ['localhost'])).authority);
  });
});
