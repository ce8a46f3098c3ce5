import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { codeBlocks } from '../../docs/code-blocks.js';
import { startApplication } from '../support/application.js';

const root = join(import.meta.dirname, '../../..');
/** Where the recipes' files are written: near the clients' packages, so that they find them. */
const WORKPLACE = join(import.meta.dirname, '../.recipes');
const POLL_MS = 50;
const README = readFileSync(join(root, 'libs/auth0-tenant/README.md'), 'utf8');
const files = new Map(codeBlocks(README, ['js', 'jsx']).map(({ title, code }) => [title, code]));

/** The command line of the tenant, as it is published. */
export const TENANT = join(root, 'libs/auth0-tenant/dist/cli.js');

/** A recipe of the tenant's README: the files it shows, written down to be run. */
export class Recipe {
  readonly folder: string;

  constructor(name: string) {
    this.folder = join(WORKPLACE, name);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
  }

  /** Writes down a file that the README shows, with what is otherwise in a test. */
  shown(title: string, replacements: Record<string, string> = {}, path = title): string {
    const code = files.get(title);
    if (code === undefined) throw new Error(`README.md of the tenant shows no ${title}`);
    const changed = Object.entries(replacements).reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${title} does not say ${from}`);
      return text.replaceAll(from, to);
    }, code);
    return this.written(path, changed);
  }

  /** Writes down a file that users have of their own. */
  written(path: string, text: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }
}

/** A program under way. */
export interface Program {
  /** Resolves when it ends: with everything it said, if it ended well. */
  readonly ended: Promise<string>;
  stop(): void;
}

/** Runs a Node.js program. */
export function run(args: string[], cwd: string, variables: Record<string, string> = {}): Program {
  const child: ChildProcess = spawn(process.execPath, args, { cwd, env: { ...process.env, ...variables } });
  const said: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => said.push(data.toString()));
  const ended = new Promise<string>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGTERM') resolve(said.join(''));
      else reject(new Error(`${args.join(' ')} ended with ${code ?? signal}:\n${said.join('')}`));
    });
  });
  return { ended, stop: () => child.kill() };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const application = await startApplication();
  await application.stop();
  return Number(new URL(application.url).port);
}

/** Waits until a server answers, or its program ends. */
export async function answers(url: string, program: Program): Promise<void> {
  const watch = new AbortController();
  const end = program.ended.then((said) => {
    throw new Error(`ended before it answered:\n${said}`);
  });
  try {
    await Promise.race([answer(url, watch.signal), end]);
  } finally {
    watch.abort();
  }
}

async function answer(url: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const response = await fetch(url, { redirect: 'manual' }).catch(() => undefined);
  await response?.body?.cancel();
  if (response) return;
  await setTimeout(POLL_MS);
  await answer(url, signal);
}
