import { describe, expect, it } from 'vitest';
import { tally, until } from '../../support/flows.js';
import { Person, type Answer } from '../../support/person.js';
import { NO_ROWS, type AppNodes } from '../support/app-nodes.js';
import { rounds } from '../support/form.js';
import { inTime } from '../support/in-time.js';

/** On a cluster whose reads may be late. */
export function logoutSuite(nodesOf: () => AppNodes): void {
  describe('a logout at one node', () => {
    it('is seen at all others as soon as they have caught up', async () => {
      const app = nodesOf();
      for (let round = 0; round < rounds(3, 40); round += 1) {
        const { person } = await app.logIn(undefined, app.node(round));
        const cookie = person.cookieHeader(new URL(app.node(0).url));
        expect((await person.request(app.node(round + 1).at('/auth/logout'))).status).toBe(302);
        await untilLoggedOut(app, cookie);
      }
    });

    it('drops the answer to an exchange that another one still waits for', async () => {
      const app = nodesOf();
      const { person, sessionId } = await app.logInWithExpiredToken();
      const cookie = person.cookieHeader(new URL(app.node(0).url));
      const hold = app.control.hold('exchange');
      const late = new Person().request(app.node(0).at('/calendar'), { headers: { cookie } });
      await inTime('Auth0 is asked', hold.arrived, 20_000);
      expect((await person.request(app.node(1).at('/auth/logout'))).status).toBe(302);
      // The other node has heard of it before its answer comes.
      await untilLoggedOut(app, cookie);
      hold.release();
      expect((await late).status).toBeLessThan(500);
      await untilLoggedOut(app, cookie);
      expect(await app.rowsOf(sessionId)).toEqual(NO_ROWS);
    });
  });
}

/** On a cluster, or with a setting, that promises that a read sees what was written anywhere before. */
export function promptLogoutSuite(nodesOf: () => AppNodes): void {
  it('a logout at one node is seen at all others at once, and leaves no row', async () => {
    const app = nodesOf();
    for (let round = 0; round < rounds(3, 40); round += 1) {
      const { person, sessionId } = await app.logIn(undefined, app.node(round));
      const cookie = person.cookieHeader(new URL(app.node(0).url));
      expect((await person.request(app.node(round + 1).at('/auth/logout'))).status).toBe(302);
      expect(tally(await profiles(app, cookie))).toEqual({ 401: app.nodes.length });
      expect(await app.rowsOf(sessionId)).toEqual(NO_ROWS);
    }
  });
}

function untilLoggedOut(app: AppNodes, cookie: string): Promise<void> {
  return until('every node has heard of the logout', async () =>
    (await profiles(app, cookie)).every(({ status }) => status === 401),
  );
}

/** What the cookie that a person had is good for at every node. */
function profiles(app: AppNodes, cookie: string): Promise<Answer[]> {
  return Promise.all(app.nodes.map((node) => new Person().request(node.at('/auth/profile'), { headers: { cookie } })));
}
