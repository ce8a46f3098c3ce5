import { describe, expect, it } from 'vitest';
import { tally } from '../../support/flows.js';
import type { Answer, Person } from '../../support/person.js';
import type { AppNodes } from '../support/app-nodes.js';
import { rounds } from '../support/form.js';
import { inTime } from '../support/in-time.js';

/** Token Vault is asked once, whichever nodes the requests come to. */
export function exchangeSuite(nodesOf: () => AppNodes): void {
  describe('an expired token that all nodes are asked for at once', () => {
    it('is exchanged once, while Auth0 takes its time', async () => {
      const app = nodesOf();
      const { person } = await app.logInWithExpiredToken();
      app.control.resetCounts();
      const hold = app.control.hold('exchange');
      const requests = askAll(app, person, 40 * app.nodes.length);
      await inTime('Auth0 is asked', hold.arrived, 20_000);
      await app.haveBegun();
      hold.release();
      const answers = await requests;
      expect(app.control.count('exchange')).toBe(1);
      expect(tally(answers)).toEqual({ 200: 40 * app.nodes.length });
      expect(new Set(answers.map((answer) => answer.json().token)).size).toBe(1);
    });

    it('is exchanged once in each of many rounds, while Auth0 answers at once', async () => {
      const app = nodesOf();
      const { person, sessionId } = await app.logInWithExpiredToken();
      for (let round = 0; round < rounds(4, 40); round += 1) {
        await app.expireTokens(sessionId);
        app.control.resetCounts();
        const answers = await askAll(app, person, 4 * app.nodes.length);
        expect(app.control.count('exchange')).toBeLessThanOrEqual(1);
        // What was answered was answered with a token that the provider takes.
        const tokens = answers.filter(({ status }) => status === 200).map((answer) => answer.json().token);
        expect(new Set(tokens).size).toBe(1);
      }
    });

    it('is had by every request of many rounds: no node fails because another one writes the same row', async () => {
      const app = nodesOf();
      const answers: Answer[] = [];
      for (let round = 0; round < rounds(4, 40); round += 1) {
        const { person } = await app.logInWithExpiredToken();
        answers.push(...(await askAll(app, person, 4 * app.nodes.length)));
      }
      expect(tally(answers)).toEqual({ 200: answers.length });
    });

    it('fails for all who wait when the account is gone, and is asked for again by the next', async () => {
      const app = nodesOf();
      const { person, user } = await app.logInWithExpiredToken();
      app.control.disconnectAccount(user, 'google-oauth2');
      app.control.resetCounts();
      const hold = app.control.hold('exchange');
      const requests = askAll(app, person, 10 * app.nodes.length);
      await inTime('Auth0 is asked', hold.arrived, 20_000);
      await app.haveBegun();
      hold.release();
      const codes = (await requests).map((answer) => answer.json().errorCode);
      expect(new Set(codes)).toEqual(new Set(['connection_required']));
      app.control.connectAccount(user, 'google-oauth2');
      expect((await person.request(app.node(1).at('/calendar'))).status).toBe(200);
    });
  });
}

function askAll(app: AppNodes, person: Person, count: number): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => person.request(app.node(index).at('/calendar'))));
}
