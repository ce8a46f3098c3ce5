import { describe, expect, it } from 'vitest';
import { sameAt } from '../../processes/sample-process.js';
import { tally } from '../../support/flows.js';
import { Person } from '../../support/person.js';
import { rounds } from '../support/form.js';
import type { AppNodes } from '../support/app-nodes.js';

/** A browser that sends a callback twice, a proxy that repeats it: each node gets it at the same time. */
export function callbacksSuite(nodesOf: () => AppNodes): void {
  describe('a callback that comes to every node at once', () => {
    it('of a login is let through to Auth0 by one of them', async () => {
      const app = nodesOf();
      for (let round = 0; round < rounds(1, 15); round += 1) {
        const person = new Person();
        const user = app.newUser();
        const callback = await app.pendingLogin(person, user, app.node(round));
        app.control.resetCounts();
        const answers = await Promise.all(app.nodes.map((node) => person.request(sameAt(callback, node))));
        expect(app.control.count('code')).toBe(1);
        expect(tally(answers)).toEqual({ 302: 1, 400: app.nodes.length - 1 });
        const begun = answers.filter(({ headers }) => headers.getSetCookie().length > 0);
        expect(begun.map(({ status }) => status)).toEqual([302]);
        const home = app.nodes[answers.findIndex(({ status }) => status === 302)]!;
        expect((await person.request(home.at('/auth/profile'))).json()).toMatchObject({ sub: user });
      }
    });

    it('of a connect is let through to Auth0 by one of them', async () => {
      const app = nodesOf();
      const { person, user } = await app.logIn();
      for (let round = 0; round < rounds(1, 10); round += 1) {
        const node = app.node(round);
        const page = await person.open(node.at('/auth/connect/github?returnTo=/accounts'));
        const answer = await person.submit(page, { action: 'approve' }, { until: app.node(0).url });
        const callback = new URL(answer.location ?? '');
        expect(callback.searchParams.get('connect_code')).toBeTruthy();
        app.control.resetCounts();
        const answers = await Promise.all(app.nodes.map((each) => person.request(sameAt(callback, each))));
        expect(app.control.count('complete')).toBe(1);
        expect(tally(answers)).toEqual({ 302: 1, 400: app.nodes.length - 1 });
      }
      expect(app.control.accounts(user).map(({ connection }) => connection)).toEqual(['github']);
    });
  });
}
