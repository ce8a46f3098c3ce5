import type { ConnectLink } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases } from '../support/databases.js';
import { AS_A_PAGE, tally } from '../support/flows.js';
import type { Person } from '../support/person.js';
import { sameAt, type SampleProcess } from './sample-process.js';
import { TwoProcesses } from './two-processes.js';

const postgres = databases.find(({ name }) => name === 'PostgreSQL');
const WITH_LINKS = 'test/processes/sample-app-with-links.mjs';

const create = async (person: Person, at: SampleProcess): Promise<ConnectLink> =>
  (await person.request(at.at('/links/new?connection=github'))).json<ConnectLink>();

describe.skipIf(postgres?.missing ?? true)('connect links of two processes on one database', () => {
  let both: TwoProcesses;
  beforeAll(async () => {
    both = await TwoProcesses.start({ script: WITH_LINKS });
  }, 120_000);
  afterAll(async () => both?.stop(), 60_000);

  const statusOf = async (person: Person, { id }: ConnectLink): Promise<unknown[]> =>
    Promise.all(
      [both.a, both.b].map(async (at) => (await person.request(at.at(`/links/status?id=${id}`))).json().status),
    );
  /** Opens a link up to the callback, which is not opened. */
  const consented = async (person: Person, { url }: ConnectLink, at: SampleProcess): Promise<URL> => {
    const page = await person.open(sameAt(new URL(url), at), { headers: AS_A_PAGE });
    const answer = await person.submit(page, { action: 'approve' }, { until: both.a.url });
    return new URL(answer.location ?? '');
  };

  it('are made in one, opened and answered in the other, and both say how far they are', async () => {
    const { person, user } = await both.logIn();
    const link = await create(person, both.a);
    const states = [await statusOf(person, link)];
    const callback = await consented(person, link, both.b);
    states.push(await statusOf(person, link));
    const answer = await person.request(sameAt(callback, both.a), { headers: AS_A_PAGE });
    const done = await person.request(sameAt(new URL(answer.location ?? ''), both.b), { headers: AS_A_PAGE });
    states.push(await statusOf(person, link));
    expect(states).toEqual([
      ['pending', 'pending'],
      ['opened', 'opened'],
      ['connected', 'connected'],
    ]);
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('The account is connected')]);
    expect(both.control.accounts(user).map(({ connection }) => connection)).toEqual(['github']);
  });

  it('have one answer, of two tabs whose consents come back to both at once', async () => {
    const { person } = await both.logIn();
    for (let round = 0; round < 5; round += 1) {
      const link = await create(person, round % 2 === 0 ? both.a : both.b);
      const callbacks = [await consented(person, link, both.a), await consented(person, link, both.b)];
      both.control.resetCounts();
      const answers = await Promise.all(
        [both.a, both.b].map((at, tab) => person.request(sameAt(callbacks[tab]!, at), { headers: { accept: '*/*' } })),
      );
      expect(both.control.count('complete')).toBe(1);
      expect(tally(answers)).toEqual({ 302: 1, 410: 1 });
      expect(answers.find(({ status }) => status === 410)?.json()).toMatchObject({ errorCode: 'connect_link_used' });
      expect(await statusOf(person, link)).toEqual(['connected', 'connected']);
    }
  });
});
