// npm run bench [-- --quick] [-- --only=throughput,token,api,pipes,before,counts,stampede,growth,memory,start-up]
// BENCH_BEFORE=../earlier npm run bench -- --only=before compares with an earlier checkout, built with `npm run prebench`
import { unmet } from './expectations.js';
import { hasPostgres } from './scratch-database.js';
import { ADAPTERS, type Database } from './settings.js';
import { api } from './suites/api.js';
import { counts } from './suites/counts.js';
import { growth } from './suites/growth.js';
import { stampede } from './suites/stampede.js';
import { memory } from './suites/memory.js';
import { startUp } from './suites/start-up.js';
import { pair } from './suites/pairs.js';
import { throughput, type ThroughputOptions } from './suites/throughput.js';
import { toMarkdown } from './table.js';

const quick = process.argv.includes('--quick');
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const databases: Database[] = (await hasPostgres()) ? ['SQLite', 'PostgreSQL'] : ['SQLite'];

/** The route that matters most, for longer. */
const tokenRoute: ThroughputOptions = {
  adapters: ADAPTERS,
  databases,
  routes: ['token'],
  connections: quick ? [16] : [16, 64],
  rounds: quick ? 1 : 15,
  seconds: 1,
};

const suites: Record<string, () => Promise<Record<string, string | number>[]>> = {
  counts: () => counts(databases, ADAPTERS),
  stampede: () => stampede(databases, { rounds: quick ? 1 : 9 }),
  throughput: () =>
    throughput({
      adapters: ADAPTERS,
      databases,
      routes: ['open', 'session', 'token'],
      connections: quick ? [16] : [1, 16, 64],
      rounds: quick ? 1 : 9,
      seconds: 1,
    }),
  token: () => throughput(tokenRoute),
  api: () => api({ adapters: ADAPTERS, databases, connections: 16, rounds: quick ? 1 : 15, seconds: 1 }),
  pipes: () => pair('piped', { ...tokenRoute, connections: [16] }),
  before: () => pair('before', { ...tokenRoute, connections: [16] }),
  growth: () =>
    growth(databases, {
      sessions: quick ? [1_000, 20_000] : [1_000, 1_000_000],
      accounts: [1, 50],
      rounds: quick ? 1 : 5,
      seconds: quick ? 1 : 1.5,
    }),
  memory: () =>
    memory(quick ? { stretches: 2, seconds: 1, visitors: 2 } : { stretches: 10, seconds: 30, visitors: 50 }),
  'start-up': () => startUp(quick ? 1 : 7),
};

const problems: string[] = [];
for (const [name, suite] of Object.entries(suites)) {
  if (only ? !only.includes(name) : name === 'before') continue;
  const rows = await suite();
  process.stdout.write(`\n## ${name}\n\n${toMarkdown(rows)}\n`);
  problems.push(...unmet(name, rows));
}
for (const problem of problems) process.stderr.write(`not as it must be: ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);
