import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomId } from '../identifiers.js';
import { createLocalCertificate, isGoodFor, type LocalCertificate } from './certificates.js';

/** A certificate kept on disk, so that its authority has to be trusted once only. */
export interface KeptCertificate extends LocalCertificate {
  /** The file of the authority's certificate: what `NODE_EXTRA_CA_CERTS` takes. */
  authorityFile: string;
}

/**
 * The certificate in a directory for these host names; makes one, and its authority, when there is none or when it does
 * not do any more. Processes that ask at once get the same.
 *
 * @example
 * const { key, cert, authorityFile } = await keptCertificate('.certificates', ['localhost']);
 * const tenant = await startLocalTenant({ tls: { key, cert } });
 * // NODE_EXTRA_CA_CERTS=.certificates/authority.pem node my-app.js
 */
export async function keptCertificate(directory: string, hostnames: string[]): Promise<KeptCertificate> {
  const file = join(directory, 'tenant.pem');
  const authorityFile = join(directory, 'authority.pem');
  const text = await textOf(file);
  const found = text === undefined ? undefined : parse(text);
  const kept = found && isGoodFor(found.cert, hostnames) ? found : await make(file, hostnames, text !== undefined);
  if ((await textOf(authorityFile)) !== kept.authority) await writeWhole(authorityFile, kept.authority);
  return { ...kept, authorityFile };
}

/** Everything is in one file, so that no two processes, and no crash, leave a key without its certificate. */
async function make(file: string, hostnames: string[], isThere: boolean): Promise<LocalCertificate> {
  const made = createLocalCertificate(hostnames);
  const text = [made.key, made.cert, made.authority].join('');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  if (isThere) await writeWhole(file, text);
  else await writeFirst(file, text);
  return parse((await textOf(file)) ?? text) ?? made;
}

function parse(text: string): LocalCertificate | undefined {
  const [key, cert, authority] = text.match(/-----BEGIN [\s\S]+?-----END [^-]+-----\s*/g) ?? [];
  return key && cert && authority ? { key, cert, authority } : undefined;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file that others see whole, or not at all. */
async function writeWhole(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomId(8)}`;
  await writeFile(beside, text, { mode: 0o600 });
  await rename(beside, file);
}

/** The same, but leaves one alone that another process has written meanwhile. */
async function writeFirst(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomId(8)}`;
  await writeFile(beside, text, { mode: 0o600 });
  try {
    await link(beside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(beside);
  }
}
