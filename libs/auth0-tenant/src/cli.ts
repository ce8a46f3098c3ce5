#!/usr/bin/env node
import { createRequire } from 'node:module';
import { HELP, readArguments, type CliArguments } from './cli/arguments.js';
import { readConfigurationFile } from './cli/configuration-file.js';
import { jsonReport, openToOthers, textReport, type Started } from './cli/report.js';
import { tenantOptions } from './cli/tenant-options.js';
import { checkOptions } from './configuration/check-options.js';
import { startLocalTenant } from './local-tenant.js';
import { keptCertificate } from './tls/kept-certificate.js';

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(HELP);
  else if (args.version) process.stdout.write(`${version()}\n`);
  else await run(args);
}

async function run(args: CliArguments): Promise<void> {
  const started = await start(args);
  process.stderr.write(openToOthers(started.options) ?? '');
  process.stdout.write(args.json ? jsonReport(started) : textReport(started));
  const stop = () => void started.tenant.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

async function start(args: CliArguments): Promise<Started> {
  const file = args.config === undefined ? {} : await readConfigurationFile(args.config);
  const options = tenantOptions(args, file, process.env);
  const { hostname, customDomains } = checkOptions(options);
  const kept = args.https ? await keptCertificate(args.certificates, [hostname, ...customDomains]) : undefined;
  const tenant = await startLocalTenant(kept ? { ...options, tls: { key: kept.key, cert: kept.cert } } : options);
  const newSecret = options.controlApi === true ? tenant.controlApi?.secret : undefined;
  return { tenant, options, authorityFile: kept?.authorityFile, newSecret };
}

function version(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  return isTaken ? `${error.message}. Another tenant may run already; --port takes another port.` : error.message;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`auth0-local-tenant: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
