import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { Installation } from './install.global.js';

const sources = resolve(import.meta.dirname, '../applications');

export type ModuleType = 'commonjs' | 'module';

/** The versions of Nest that this run is about. */
export const nests = inject('installations').filter((name) => name !== 'package-managers');

export function installed(name: Installation): string {
  const folder = inject('installed')[name];
  if (folder === undefined) throw new Error(`${name} is not among the installations of this run`);
  return folder;
}

/** An application of `applications/`, written down anew where its packages are installed. */
export class Application {
  readonly folder: string;

  constructor(
    readonly nest: Installation,
    name: string,
    type: ModuleType,
  ) {
    this.folder = join(installed(nest), 'applications', `${name}-${type}`);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    // In the folder itself, where nest build looks for what it leaves out of a bundle.
    symlinkSync('../../node_modules', join(this.folder, 'node_modules'));
    cpSync(sources, this.folder, { recursive: true });
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type }));
    if (type === 'commonjs') this.writeImportsAsCommonJs();
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** What differs in a file. */
  change(path: string, from: string, to: string): void {
    const text = readFileSync(join(this.folder, path), 'utf8');
    if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
    this.write(path, text.replace(from, to));
  }

  /** Runs a tool that is installed, by the path of its program. @returns what it prints */
  async tool(program: string, ...args: string[]): Promise<string> {
    return run(process.execPath, [join(this.folder, 'node_modules', program), ...args], this.folder);
  }

  /** `nest build`. */
  async build(...args: string[]): Promise<string> {
    return this.tool('@nestjs/cli/bin/nest.js', 'build', ...args);
  }

  /** Where CommonJS is written, a file is imported without its ending, as Nest's templates have it. */
  private writeImportsAsCommonJs(): void {
    const folder = join(this.folder, 'src');
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      writeFileSync(join(folder, name), text.replaceAll(/(from '\.\/.*)\.js'/g, "$1'"));
    }
  }
}

/** What a program prints, on both channels. The error of one that fails has it as its message. */
export async function run(
  command: string,
  args: string[],
  cwd: string,
  variables: Record<string, string> = {},
): Promise<string> {
  const ended = promisify(execFile)(command, args, {
    cwd,
    env: { ...environment(), ...variables },
    maxBuffer: 64 * 1024 * 1024,
  });
  const { stdout, stderr } = await ended.catch((error: Error & { stdout: string; stderr: string }) => {
    throw new Error(`${[command, ...args].join(' ')}\n${error.stdout}\n${error.stderr}`, { cause: error });
  });
  return stdout + stderr;
}

/** Without what the npm and the Vitest that run these tests have set for themselves. */
export function environment(): Record<string, string> {
  const theirs = /^(npm_(?!config_(registry|cache|userconfig|offline|prefer_offline)$)|VITEST|NODE_ENV|NODE_OPTIONS)/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      theirs.test(name) || value === undefined ? [] : [[name, value]],
    ),
  );
}
