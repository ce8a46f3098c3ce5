import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_ROWS } from './testing/contract/apis.rows.js';
import { CLIENT_ROWS } from './testing/contract/clients.rows.js';
import { TOKEN_ROWS } from './testing/contract/tokens.rows.js';
import { USERINFO_ROWS } from './testing/contract/userinfo.rows.js';
import { World } from './testing/contract/world.js';

const ROWS = [...CLIENT_ROWS, ...TOKEN_ROWS, ...USERINFO_ROWS, ...API_ROWS];

/** Each rule with requests that keep it and requests one step away; printed as a table of what was answered. */
describe('the contract', () => {
  const table: string[] = [];
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(async () => {
    await world.tenant.stop();
    process.stdout.write(`\n${['| rule | request | answer |', '| --- | --- | --- |', ...table].join('\n')}\n`);
  });

  it.each(ROWS)('$rule: $request: $answer', async ({ rule, request, answer, send }) => {
    const given = await send(world);
    table.push(`| ${rule} | ${request} | ${given} |`);
    expect(given).toBe(answer);
  });
});
