import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that the kernel gives to outgoing connections: one of those could take the port before its server does.
const FIRST = 12_000;
const PER_WORKER = 2_000;
const WORKERS = 10;

/** Two workers of one run never choose the same. */
const first = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS) * PER_WORKER;
let next = randomInt(PER_WORKER);

/** A port for a server that has to know its address before it listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PER_WORKER; tries += 1) {
    const port = first + next;
    next = (next + 1) % PER_WORKER;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${first} to ${first + PER_WORKER} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, 'localhost', () => resolve(true));
  });
  if (listening) await new Promise((resolve) => server.close(resolve));
  return listening;
}
