// npm run bench [-- --quick] [-- --only=throughput,counts,stampede,growth,start-up]
import { hasPostgres } from './scratch-database.js';
import { ADAPTERS, type Database } from './settings.js';
import { counts } from './suites/counts.js';
import { growth } from './suites/growth.js';
import { stampede } from './suites/stampede.js';
import { startUp } from './suites/start-up.js';
import { throughput } from './suites/throughput.js';
import { toMarkdown } from './table.js';

const quick = process.argv.includes('--quick');
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const databases: Database[] = (await hasPostgres()) ? ['SQLite', 'PostgreSQL'] : ['SQLite'];

const suites: Record<string, () => Promise<Record<string, string | number>[]>> = {
  counts: () => counts(databases, ADAPTERS),
  stampede: () => stampede(databases),
  throughput: () =>
    throughput({
      adapters: ADAPTERS,
      databases,
      connections: quick ? [16] : [1, 16, 64],
      rounds: quick ? 1 : 5,
      seconds: quick ? 1 : 2,
    }),
  growth: () =>
    growth(databases, {
      sessions: quick ? [1_000, 20_000] : [1_000, 1_000_000],
      accounts: [1, 50],
      rounds: quick ? 1 : 5,
      seconds: quick ? 1 : 2,
    }),
  'start-up': () => startUp(quick ? 1 : 7),
};

for (const [name, suite] of Object.entries(suites)) {
  if (only && !only.includes(name)) continue;
  process.stdout.write(`\n## ${name}\n\n${toMarkdown(await suite())}\n`);
}
