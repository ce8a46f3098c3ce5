import { startLocalTenant } from 'auth0-local-tenant';
import { median } from '../load.js';
import { ServerProcess } from '../server-process.js';
import type { Subject } from '../settings.js';

const COMPARED: Subject[] = ['typeorm', 'library'];

/** From the start of the process to listening, beside a Nest application with TypeORM. */
export async function startUp(rounds: number) {
  const tenant = await startLocalTenant();
  const times = new Map<Subject, number[]>(COMPARED.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of COMPARED) {
      const server = await ServerProcess.start({ subject, adapter: 'Express' }, tenant);
      times.get(subject)?.push((await server.report()).startUpMs);
      await server.stop();
    }
  }
  await tenant.stop();
  const [bare, library] = COMPARED.map((subject) => median(times.get(subject) ?? []));
  return [
    {
      'Nest with TypeORM ms': Math.round(bare ?? 0),
      'with the library ms': Math.round(library ?? 0),
      'more ms': Math.round((library ?? 0) - (bare ?? 0)),
    },
  ];
}
