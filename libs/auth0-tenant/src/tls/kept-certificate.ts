import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalCertificate, isGoodFor, type LocalCertificate } from './certificates.js';

/** A certificate kept on disk, so that its authority has to be trusted once only. */
export interface KeptCertificate extends LocalCertificate {
  /** The file of the authority's certificate: what `NODE_EXTRA_CA_CERTS` takes. */
  authorityFile: string;
}

/**
 * The certificate in a directory for these host names; makes one, and its authority, when there is none or when it does
 * not do any more.
 *
 * @example
 * const { key, cert, authorityFile } = await keptCertificate('.certificates', ['localhost']);
 * const tenant = await startLocalTenant({ tls: { key, cert } });
 * // NODE_EXTRA_CA_CERTS=.certificates/authority.pem node my-app.js
 */
export async function keptCertificate(directory: string, hostnames: string[]): Promise<KeptCertificate> {
  const authorityFile = join(directory, 'authority.pem');
  const kept = await read(directory);
  if (kept && isGoodFor(kept.cert, hostnames)) return { ...kept, authorityFile };
  const made = await createLocalCertificate(hostnames);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'key.pem'), made.key, { mode: 0o600 });
  await writeFile(join(directory, 'cert.pem'), made.cert);
  await writeFile(authorityFile, made.authority);
  return { ...made, authorityFile };
}

async function read(directory: string): Promise<LocalCertificate | undefined> {
  const names = ['key.pem', 'cert.pem', 'authority.pem'];
  try {
    const [key = '', cert = '', authority = ''] = await Promise.all(
      names.map(async (name) => readFile(join(directory, name), 'utf8')),
    );
    return { key, cert, authority };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
