import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import type { HttpRequest } from './http-request.js';
import { RequestNote } from './request-context.js';

const aRequest = (): HttpRequest => ({ method: 'GET', originalUrl: '/', headers: {} });

it('a note is told of its request only, and beside other notes', () => {
  const [session, caller] = [new RequestNote<string>(), new RequestNote<string>()];
  const [mine, yours] = [aRequest(), aRequest()];
  session.set(mine, 'Ann');
  caller.set(mine, 'an agent');
  session.set(yours, 'Bob');
  expect([session.get(mine), caller.get(mine), session.get(yours), caller.get(yours)]).toEqual([
    'Ann',
    'an agent',
    'Bob',
    undefined,
  ]);
});

it('a note does not show when its request is logged', () => {
  const request = aRequest();
  new RequestNote().set(request, { accessToken: 'a secret' });
  expect(inspect(request, { depth: null, showHidden: true })).not.toContain('secret');
  expect(JSON.stringify(request)).not.toContain('secret');
});
