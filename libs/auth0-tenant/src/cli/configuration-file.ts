import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TenantConfigurationError } from '../configuration/configuration-error.js';
import { isRecord } from '../values.js';

/** Reads options from a JSON file, or from the default export of a JavaScript module. */
export async function readConfigurationFile(path: string): Promise<Record<string, unknown>> {
  const options = await load(resolve(path), path);
  if (!isRecord(options)) throw new TenantConfigurationError([`--config: ${path} has no object of options`]);
  return options;
}

async function load(file: string, path: string): Promise<unknown> {
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8')) as unknown;
    const loaded: unknown = await import(pathToFileURL(file).href);
    return isRecord(loaded) ? loaded.default : undefined;
  } catch (cause) {
    const problem = `--config: ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    const error = new TenantConfigurationError([problem]);
    error.cause = cause;
    throw error;
  }
}
