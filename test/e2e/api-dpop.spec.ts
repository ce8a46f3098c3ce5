import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ReplayEntity } from '../../libs/auth0-connect/src/persistence/entities/replay.entity.js';
import { bearer, KeyHolder, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, type TestApp } from '../support/test-app.js';

function refusesProof(answer: Answer): boolean {
  const { statusCode, errorCode } = answer.json<{ statusCode: number; errorCode: string }>();
  const challenge = answer.headers.get('www-authenticate') ?? '';
  const challenged = /^DPoP error="invalid_dpop_proof", .*algs="ES256 /.test(challenge);
  return answer.status === 401 && statusCode === 401 && errorCode === 'invalid_dpop_proof' && challenged;
}

describe.each(adapters)('an API for DPoP-bound tokens on %s', (adapter) => {
  let test: TestApp;
  let holder: KeyHolder;
  let token: string;
  const caller = new Person();

  beforeAll(async () => {
    test = await startApiApp(adapter);
    test.control.connectAccount('auth0|alice', 'github');
    holder = await KeyHolder.create();
    token = await mintAccessToken(test, { cnf: { jkt: holder.thumbprint } });
  });
  afterAll(() => test?.stop());

  const call = (path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> =>
    caller.request(test.at(path), { headers, method });
  it('takes a token with a proof of its key, the query aside', async () => {
    const headers = await holder.headers(token, test.at('/api/me'));
    expect((await call('/api/me?page=2', headers)).json()).toMatchObject({ subject: 'caller auth0|alice' });
    expect((await call('/api/github', await holder.headers(token, test.at('/api/github')))).status).toBe(200);
  });

  it('takes each proof once, and remembers it in the database', async () => {
    const headers = await holder.headers(token, test.at('/api/me'));
    const both = await Promise.all([call('/api/me', headers), call('/api/me', headers)]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await call('/api/me', headers)).toSatisfy(refusesProof);
    expect(await test.database.getRepository(ReplayEntity).count()).toBeGreaterThan(0);
  });

  it('asks for the proof once where two guards stand in front', async () => {
    const headers = await holder.headers(token, test.at('/api/twice'));
    expect((await call('/api/twice', headers)).text).toBe('twice');
  });

  it('refuses the token without its proof, also as a bearer token', async () => {
    expect(await call('/api/me', { authorization: `DPoP ${token}` })).toSatisfy(refusesProof);
    const { dpop = '' } = await holder.headers(token, test.at('/api/me'));
    for (const headers of [bearer(token), { ...bearer(token), dpop }]) {
      const answer = await call('/api/me', headers);
      expect(answer.json()).toMatchObject({ statusCode: 401, errorCode: 'invalid_token' });
      expect(answer.headers.get('www-authenticate')).toContain('DPoP error="invalid_token"');
    }
  });

  it('refuses a proof for another request, token or key', async () => {
    const url = test.at('/api/me');
    const now = Math.floor(Date.now() / 1000);
    const stranger = await KeyHolder.create();
    const bad = [
      await holder.headers(token, test.at('/api/both')),
      await holder.headers(token, 'https://evil.example/api/me'),
      await holder.headers(token, url, { method: 'POST' }),
      await holder.headers(token, url, { claims: { ath: 'another' } }),
      await holder.headers(token, url, { claims: { iat: now - 3600 } }),
      await holder.headers(token, url, { claims: { iat: now + 3600 } }),
      await holder.headers(token, url, { claims: { jti: undefined } }),
      await stranger.headers(token, url),
      { authorization: `DPoP ${token}`, dpop: 'not-a-proof' },
    ];
    for (const headers of bad) expect(await call('/api/me', headers)).toSatisfy(refusesProof);
  });

  it('does not ask the caller where it is', async () => {
    const headers = await holder.headers(token, 'https://evil.example/api/me');
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    expect(await call('/api/me', { ...headers, ...forwarded })).toSatisfy(refusesProof);
  });

  it('refuses a token that is bound to no key as a bound one', async () => {
    const unbound = await mintAccessToken(test);
    const answer = await call('/api/me', await holder.headers(unbound, test.at('/api/me')));
    expect(answer.json()).toMatchObject({ statusCode: 401, errorCode: 'invalid_token' });
  });

  it('forgets proofs that are too old to be shown', async () => {
    const proofs = test.database.getRepository(ReplayEntity);
    await proofs.clear();
    await call('/api/me', await holder.headers(token, test.at('/api/me')));
    const purger = test.app.get(await purgerClass());
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      vi.setSystemTime(Date.now() + 80_000 + 3_600_000); // the purge leaves an hour for clocks that are ahead
      await purger.purge();
      expect(await proofs.count()).toBe(1);
      vi.setSystemTime(Date.now() + 120_000);
      await purger.purge();
      expect(await proofs.count()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

async function purgerClass() {
  const { ExpiredRowsPurger } = await import('../../libs/auth0-connect/src/maintenance/expired-rows.purger.js');
  return ExpiredRowsPurger;
}

describe.each(adapters)('an API that is reached by a trusted proxy on %s', (adapter) => {
  it('compares a proof with the address that the proxy gives', async () => {
    const test = await startApiApp(adapter, { options: { trustProxy: true } });
    try {
      const holder = await KeyHolder.create();
      const token = await mintAccessToken(test, { cnf: { jkt: holder.thumbprint } });
      const forwarded = { 'x-forwarded-host': 'api.example.com', 'x-forwarded-proto': 'https' };
      const ask = async (url: string, extra: Record<string, string>): Promise<number> => {
        const headers = { ...(await holder.headers(token, url)), ...extra };
        return (await new Person().request(test.at('/api/me'), { headers })).status;
      };
      expect(await ask('https://api.example.com/api/me', forwarded)).toBe(200);
      expect(await ask(test.at('/api/me'), forwarded)).toBe(401);
      expect(await ask(test.at('/api/me'), {})).toBe(200);
      const several = { ...forwarded, 'x-forwarded-host': 'api.example.com, evil.example' };
      expect(await ask('https://api.example.com/api/me', several)).toBe(401);
    } finally {
      await test.stop();
    }
  });
});

describe.each(adapters)('the policy of an API for DPoP on %s', (adapter) => {
  it('lets only bound tokens in where it is "required", and none where it is "disabled"', async () => {
    const holder = await KeyHolder.create();
    for (const apiDpop of ['required', 'disabled'] as const) {
      const test = await startApiApp(adapter, { options: { apiDpop } });
      try {
        const bound = await mintAccessToken(test, { cnf: { jkt: holder.thumbprint } });
        const url = test.at('/api/me');
        const ask = async (headers: Record<string, string>) => new Person().request(url, { headers });
        const asBound = await ask(await holder.headers(bound, url));
        const asBearer = await ask(bearer(await mintAccessToken(test)));
        expect([asBound.status, asBearer.status]).toEqual(apiDpop === 'required' ? [200, 401] : [401, 200]);
        expect((await ask(bearer(bound))).status).toBe(401);
        const challenge = (await ask({})).headers.get('www-authenticate') ?? '';
        expect(challenge.includes('Bearer')).toBe(apiDpop === 'disabled');
        expect(challenge.includes('DPoP')).toBe(apiDpop === 'required');
      } finally {
        await test.stop();
      }
    }
  });
});
