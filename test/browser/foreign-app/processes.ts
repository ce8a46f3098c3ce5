import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const running: ChildProcess[] = [];

/** Starts a program; gives the first thing it says. */
export async function startProgram(path: string, args: string[], variables: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, [resolve(root, path), ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${path} ended: ${complaints}`);
  });
  const said = (async () => {
    const [data] = (await once(child.stdout, 'data')) as [Buffer];
    return data.toString();
  })();
  ended.catch(() => undefined);
  return Promise.race([said, ended]);
}

/** Stops every program that was started. */
export async function stopPrograms(): Promise<void> {
  await Promise.all(
    running.splice(0).map(async (child) => {
      if (child.exitCode === null && child.kill()) await once(child, 'exit');
    }),
  );
}
