import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/test-app.js';

const root = resolve(import.meta.dirname, '../..');
const SAMPLE_APP = 'dist/src/main.js';
const START_DEADLINE_MS = 60_000;

/** The sample app with one more route: `GET /tokens?audience=...`, an access token of the session for an API. */
export const WITH_TOKENS = 'test/processes/sample-app-with-tokens.mjs';

export interface ProcessOptions {
  /** Where people reach the app: that of the first process, which the others stand beside. */
  appBaseUrl?: string;
  port?: number;
  adapter?: 'express' | 'fastify';
  script?: string;
  /** The environment variables of the sample app. */
  variables: Record<string, string>;
}

/** The sample app has to be there in JavaScript. */
export async function buildIfMissing(): Promise<void> {
  if (!existsSync(resolve(root, SAMPLE_APP))) await promisify(execFile)('npx', ['tsc', '-b'], { cwd: root });
}

/** A process of its own that runs the sample app. */
export class SampleProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Where this one listens. */
    readonly url: string,
    private readonly said: () => string,
  ) {}

  /** Waits until it listens. */
  static async start({ appBaseUrl, port, adapter, script, variables }: ProcessOptions): Promise<SampleProcess> {
    const listening = port ?? (await freePort());
    const url = `http://localhost:${listening}`;
    const child = spawn(process.execPath, [script ?? SAMPLE_APP], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        ...variables,
        PORT: String(listening),
        APP_BASE_URL: appBaseUrl ?? url,
        HTTP_ADAPTER: adapter ?? 'express',
      },
    });
    let said = '';
    const started = new Promise<void>((settle, fail) => {
      const deadline = setTimeout(() => fail(new Error(`does not listen yet:\n${said}`)), START_DEADLINE_MS);
      const listen = (chunk: Buffer): void => {
        said += chunk.toString();
        if (!said.includes('The sample app is at')) return;
        clearTimeout(deadline);
        settle();
      };
      child.stdout?.on('data', listen);
      child.stderr?.on('data', listen);
      child.once('exit', (code, signal) => {
        clearTimeout(deadline);
        fail(new Error(`ended with ${code ?? signal}:\n${said}`));
      });
    });
    try {
      await started;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return new SampleProcess(child, url, () => said);
  }

  at(path: string): string {
    return new URL(path, this.url).href;
  }

  /** Warnings and errors, and the greeting. */
  get output(): string {
    return this.said();
  }

  /** How it has ended, `undefined` while it runs. */
  get endedBy(): number | NodeJS.Signals | undefined {
    return this.child.exitCode ?? this.child.signalCode ?? undefined;
  }

  /** As a machine that goes down: nothing is tidied up. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

/** The same address at another process. */
export function sameAt(address: URL, { url }: SampleProcess): URL {
  return new URL(`${address.pathname}${address.search}`, url);
}
