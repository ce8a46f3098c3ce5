import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveApi } from './api-options.js';
import { resolveBackgroundWork } from './worker-options.js';

const AUDIENCE = 'https://api.example.com';
const pem = (type: 'rsa' | 'ec', modulusLength = 2048): string => {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};

describe('the options of an API', () => {
  it('are all left out by an application that is none', () => {
    expect(resolveApi({ clientId: 'app' })).toEqual({
      api: { apiAudience: undefined, apiClient: undefined, apiDpop: 'allowed' },
      problems: [],
    });
  });

  it('take a client with a secret or with a key', () => {
    const withSecret = resolveApi({ apiAudience: AUDIENCE, apiClient: { clientId: 'api', clientSecret: 'secret' } });
    expect(withSecret.problems).toEqual([]);
    expect(withSecret.api.apiClient).toEqual({
      clientId: 'api',
      clientAuth: { method: 'client_secret_post', clientSecret: 'secret' },
    });
    const apiClient = { clientId: 'api', privateKey: pem('rsa'), keyId: 'key' };
    const withKey = resolveApi({ apiAudience: AUDIENCE, apiClient });
    expect(withKey.problems).toEqual([]);
    expect(withKey.api.apiClient?.clientAuth).toMatchObject({ method: 'private_key_jwt', keys: [{ keyId: 'key' }] });
  });

  it.each<[string, object]>([
    ['apiAudience must be', { apiAudience: '' }],
    ['apiAudience must be', { apiAudience: 7 }],
    ['ID tokens would pass', { clientId: 'app', apiAudience: 'app' }],
    ['apiDpop must be one of allowed, required, disabled', { apiDpop: true }],
    ['apiScopes must be a list of scopes', { apiAudience: AUDIENCE, apiScopes: [] }],
    ['apiScopes must be a list of scopes', { apiAudience: AUDIENCE, apiScopes: ['read write'] }],
    ['apiScopes must be a list of scopes', { apiAudience: AUDIENCE, apiScopes: ['read", error="x'] }],
    ['apiScopes needs apiAudience', { apiScopes: ['read'] }],
    ['apiClient needs apiAudience', { apiClient: { clientId: 'api', clientSecret: 'secret' } }],
    ['apiClient.clientId is required', { apiAudience: AUDIENCE, apiClient: { clientSecret: 'secret' } }],
    ['apiClient.clientId is required', { apiAudience: AUDIENCE, apiClient: 'api' }],
    ['apiClient needs a clientSecret or a privateKey', { apiAudience: AUDIENCE, apiClient: { clientId: 'api' } }],
    ['apiClient.clientSecret', { apiAudience: AUDIENCE, apiClient: { clientId: 'api', clientSecret: ' ' } }],
    ['apiClient.privateKey', { apiAudience: AUDIENCE, apiClient: { clientId: 'api', privateKey: 'no key' } }],
    [
      'apiClient.clientSecret is for',
      { apiAudience: AUDIENCE, apiClient: { clientId: 'api', clientSecret: 'secret', privateKey: pem('rsa') } },
    ],
  ])('are refused: %s', (problem, given) => {
    expect(resolveApi(given).problems).toContainEqual(expect.stringContaining(problem));
  });

  it('never show a key or a secret in what is wrong', () => {
    const apiClient = { clientId: '', clientSecret: 'hunter2', privateKey: pem('rsa', 1024) };
    const { problems } = resolveApi({ apiClient });
    expect(problems.length).toBeGreaterThan(1);
    expect(problems.join()).not.toMatch(/hunter2|PRIVATE KEY/);
  });
});

describe('the options of background work', () => {
  const good = { privateKey: pem('rsa'), auditContext: 'nightly report' };

  it('are off unless asked for, and on with a worker', () => {
    expect(resolveBackgroundWork({}).work).toEqual({ worker: undefined, backgroundWork: false });
    expect(resolveBackgroundWork({ backgroundWork: true }).work.backgroundWork).toBe(true);
    const { work, problems } = resolveBackgroundWork({ clientId: 'app', worker: good });
    expect(problems).toEqual([]);
    expect(work).toMatchObject({ backgroundWork: true, worker: { clientId: 'app', clientAuth: undefined } });
  });

  it('let another client prove by the worker’s key or a secret who it is', () => {
    const byKey = resolveBackgroundWork({ worker: { ...good, clientId: 'worker', keyId: 'key' } });
    expect(byKey.problems).toEqual([]);
    expect(byKey.work.worker?.clientAuth).toMatchObject({ method: 'private_key_jwt', keys: [{ keyId: 'key' }] });
    const bySecret = resolveBackgroundWork({ worker: { ...good, clientId: 'worker', clientSecret: 'secret' } });
    expect(bySecret.work.worker?.clientAuth).toEqual({ method: 'client_secret_post', clientSecret: 'secret' });
  });

  it.each<[string, object]>([
    ['worker.auditContext', { worker: { ...good, auditContext: undefined } }],
    ['worker.auditContext', { worker: { ...good, auditContext: ' ' } }],
    ['worker.auditContext', { worker: { ...good, auditContext: 'x'.repeat(257) } }],
    ['worker.privateKey is required', { worker: { auditContext: 'x' } }],
    ['worker.privateKey is required', { worker: null }],
    ['worker.privateKey', { worker: { ...good, privateKey: pem('ec') } }],
    ['worker.privateKey', { worker: { ...good, privateKey: pem('rsa', 1024) } }],
    ['worker.privateKey must be one key', { worker: { ...good, privateKey: [good.privateKey] } }],
    ['worker.clientId', { worker: { ...good, clientId: '' } }],
    ['worker.clientSecret', { worker: { ...good, clientSecret: 'x' } }],
    ['leave backgroundWork out', { worker: good, backgroundWork: false }],
    ['backgroundWork must be true or false', { backgroundWork: 'yes' }],
  ])('are refused: %s', (problem, given) => {
    expect(resolveBackgroundWork(given).problems).toContainEqual(expect.stringContaining(problem));
  });
});
