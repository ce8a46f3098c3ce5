import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases } from '../support/databases.js';
import { tally } from '../support/flows.js';
import { WITH_TOKENS } from './sample-process.js';
import { TwoProcesses } from './two-processes.js';

const AUDIENCES = Array.from({ length: 6 }, (_, index) => `https://api-${index}.example`);
const LATER = 'https://api-later.example';
const postgres = databases.find(({ name }) => name === 'PostgreSQL');

describe.skipIf(postgres?.missing ?? true)('two processes at a tenant that rotates refresh tokens', () => {
  let both: TwoProcesses;
  beforeAll(async () => {
    both = await TwoProcesses.start({
      script: WITH_TOKENS,
      tenant: { apis: [...AUDIENCES, LATER].map((identifier) => ({ identifier, scopes: ['read'] })) },
    });
    both.control.setRefreshTokenRotation(both.clientId, true);
  }, 120_000);
  afterAll(async () => both?.stop(), 60_000);

  let earlier = 0;
  beforeEach(() => {
    earlier = both.control.requests.length;
  });

  /** The refresh tokens that the tenant was shown in this test, with what it said to them. */
  const spent = (): { token: unknown; status: number }[] =>
    both.control.requests
      .slice(earlier)
      .filter(({ kind }) => kind === 'refresh')
      .map(({ body, status }) => ({ token: (body as Record<string, unknown>).refresh_token, status }));

  it('spend each refresh token once when both need tokens for several APIs and for My Account at the same time', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { person } = await both.logIn();
      both.control.resetCounts();
      const before = spent().length;
      const paths = [...AUDIENCES.map((audience) => `/tokens?audience=${audience}`), '/auth/accounts'];
      const hold = both.control.hold('refresh');
      const requests = Promise.all(
        paths.flatMap((path, index) => {
          const [first, second] = index % 2 === 0 ? [both.a, both.b] : [both.b, both.a];
          return [first, second, first].map((process) => person.request(process.at(path)));
        }),
      );
      await hold.arrived;
      await both.haveBegun();
      hold.release();
      const answers = await requests;
      expect(tally(answers)).toEqual({ 200: 3 * paths.length });

      const shown = spent().slice(before);
      expect(shown.map(({ status }) => status)).toEqual(paths.map(() => 200));
      expect(new Set(shown.map(({ token }) => token)).size).toBe(paths.length);
      // All who asked for one audience got the one token for it.
      for (const [index, audience] of AUDIENCES.entries()) {
        const tokens = answers.slice(3 * index, 3 * index + 3).map((answer) => answer.json());
        expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
        expect(tokens[0]).toMatchObject({ audience });
      }

      // The last of the rotated tokens is the one that is stored, so the session goes on at either.
      for (const process of [both.b, both.a]) {
        expect((await person.request(process.at('/auth/profile'))).status).toBe(200);
      }
      expect((await person.request(both.b.at(`/tokens?audience=${LATER}`))).status).toBe(200);
      expect(new Set(spent().map(({ token }) => token)).size).toBe(spent().length);
    }
  });

  it('go on with the rotated token when the process that spent the one before is gone', async () => {
    const { person } = await both.logIn();
    const other = await both.join();
    expect((await person.request(other.at(`/tokens?audience=${AUDIENCES[0]}`))).status).toBe(200);
    await other.kill();
    for (const [index, process] of [both.a, both.b].entries()) {
      expect((await person.request(process.at(`/tokens?audience=${AUDIENCES[index + 1]}`))).status).toBe(200);
    }
    expect(new Set(spent().map(({ token }) => token)).size).toBe(spent().length);
  }, 60_000);

  it('end the session for both when Auth0 has revoked its refresh token, and log in anew', async () => {
    const { person, user } = await both.logIn();
    both.control.revokeRefreshTokens(user);
    for (const process of [both.a, both.b]) {
      const answer = await person.request(process.at(`/tokens?audience=${AUDIENCES[0]}`));
      expect(answer.json()).toMatchObject({ errorCode: 'login_required' });
    }
    // Asked once: the refusal is kept with the session.
    expect(spent().filter(({ status }) => status !== 200)).toHaveLength(1);
    const again = await both.logIn(user, both.b);
    expect((await again.person.request(both.a.at(`/tokens?audience=${AUDIENCES[0]}`))).status).toBe(200);
  });
});
