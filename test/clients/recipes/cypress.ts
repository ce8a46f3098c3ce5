import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

interface CypressRequest {
  method: string;
  url: string;
  auth: { bearer: string };
  body: unknown;
}

interface Cookie {
  name: string;
  value: string;
}

/** What a command of Cypress yields: a promise here, of which a member can be asked for. */
type Chain = Promise<unknown> & { its(name: string): Chain };

type Command = (...parameters: never[]) => Chain;

function chain(subject: Promise<unknown>): Chain {
  return Object.assign(subject, {
    its: (name: string) => chain(subject.then((value) => (value as Record<string, unknown>)[name])),
  });
}

/** Runs a support file of Cypress, with as much of `Cypress` and `cy` as it uses. */
export function runCypressSupport(file: string, environment: Record<string, string>) {
  const cookies: Cookie[] = [];
  const hooks: (() => Chain)[] = [];
  const cy: Record<string, Command> = {
    request: (parameters: CypressRequest) => chain(send(parameters)),
    setCookie: (name: string, value: string) => {
      cookies.push({ name, value });
      return chain(Promise.resolve({ name, value }));
    },
  };
  const Cypress = {
    Commands: { add: (name: string, command: Command) => (cy[name] = command) },
    env: (name: string) => environment[name],
  };
  const beforeEach = (hook: () => Chain) => hooks.push(hook);
  runInNewContext(readFileSync(file, 'utf8'), { Cypress, cy, beforeEach });
  return {
    cy: cy as unknown as { loginAs(userId: string): Promise<unknown> },
    beforeEachTest: async () => {
      for (const hook of hooks) await hook();
    },
    cookies,
  };
}

async function send({ method, url, auth, body }: CypressRequest): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${auth.bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // Cypress fails a test at an answer that is none of 2xx and 3xx, unless told otherwise.
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return { status: response.status, body: await response.json() };
}
