// One server process. Its parent asks it for what only it knows or can do.
import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createRows, type RowsToCreate } from './rows.js';
import type { ServerSettings } from './settings.js';
import { countStatements, statementCount } from './statement-counter.js';

export interface ServerReport {
  /** Milliseconds of user and system time. */
  cpuMs: number;
  rssMb: number;
  statements: number;
  /** Milliseconds from the start of the process to listening. */
  startUpMs: number;
}

export type ServerRequest = 'report' | 'stop' | { create: RowsToCreate };

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings & { countStatements?: boolean };
if (settings.countStatements) countStatements();

const { app, cookie, close } = await create();
await app.listen(settings.port, 'localhost');
const startUpMs = performance.now();
process.on('message', (message: ServerRequest) => void answer(message));
process.send?.({ ready: true, cookie });

/** Only what is measured is loaded: an import is part of starting up. */
async function create(): Promise<{ app: INestApplication; cookie?: string; close?: () => Promise<void> }> {
  switch (settings.subject) {
    case 'bare':
      return { app: await (await import('./apps/bare.app.js')).createBareApp(settings) };
    case 'typeorm':
      return { app: await (await import('./apps/bare.app.js')).createTypeOrmApp(settings) };
    case 'api-floor':
      return { app: await (await import('./apps/api-floor.app.js')).createApiFloorApp(settings) };
    case 'floor':
      return (await import('./apps/floor.app.js')).createFloorApp(settings);
    default:
      return { app: await (await import('./apps/library.app.js')).createLibraryApp(settings) };
  }
}

async function answer(message: ServerRequest): Promise<void> {
  if (message === 'report') {
    const { user, system } = process.cpuUsage();
    const report: ServerReport = {
      cpuMs: (user + system) / 1000,
      rssMb: process.memoryUsage.rss() / 1e6,
      statements: statementCount(),
      startUpMs,
    };
    process.send?.({ report });
  } else if (message === 'stop') {
    await app.close();
    await close?.();
    process.exit(0);
  } else {
    await createRows(app.get(DataSource), message.create);
    process.send?.({ created: true });
  }
}
