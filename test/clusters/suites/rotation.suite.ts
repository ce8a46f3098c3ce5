import type { RecordedRequest } from 'auth0-local-tenant';
import { describe, expect, it } from 'vitest';
import { tally } from '../../support/flows.js';
import type { Answer } from '../../support/person.js';
import { AUDIENCES, type AppNodes } from '../support/app-nodes.js';
import { rounds } from '../support/form.js';

/** A refresh token that Auth0 rotates ends the login when it is shown twice. */
export function rotationSuite(nodesOf: () => AppNodes): void {
  describe('refresh tokens that rotate', () => {
    it('are each spent once when every node needs tokens for several APIs at the same time', async () => {
      const app = nodesOf();
      app.rotation = true;
      for (let round = 0; round < rounds(1, 12); round += 1) {
        const { spent } = await askForAll(app, round);
        expect(spent.length).toBeGreaterThan(0);
        expect(spent.map(({ status }) => status)).toEqual(spent.map(() => 200));
        const tokens = spent.map(({ body }) => (body as Record<string, unknown>).refresh_token);
        expect(new Set(tokens).size).toBe(spent.length);
      }
      app.rotation = false;
    });

    it('give every node every token, by one refresh for each API', async () => {
      const app = nodesOf();
      app.rotation = true;
      const answers: Answer[] = [];
      for (let round = 0; round < rounds(1, 12); round += 1) {
        const asked = await askForAll(app, round);
        answers.push(...asked.answers);
        expect(asked.spent).toHaveLength(AUDIENCES.length + 1);
      }
      expect(tally(answers)).toEqual({ 200: answers.length });
      app.rotation = false;
    });

    it('are handed on from node to node for as long as the login lasts', async () => {
      const app = nodesOf();
      app.rotation = true;
      const { person, sessionId } = await app.logIn();
      const turns = rounds(5, 60);
      const answers = [];
      for (let turn = 0; turn < turns; turn += 1) {
        const path = `/tokens?audience=${AUDIENCES[turn % AUDIENCES.length]}`;
        answers.push(await person.request(app.node(turn).at(path)));
        await app.expireTokens(sessionId);
      }
      expect(tally(answers)).toEqual({ 200: turns });
      app.rotation = false;
    });
  });
}

/** Every node is asked for every token at once. */
async function askForAll(app: AppNodes, at: number): Promise<{ answers: Answer[]; spent: RecordedRequest[] }> {
  const { person } = await app.logIn(undefined, app.node(at));
  const before = app.control.requests.length;
  const paths = [...AUDIENCES.map((audience) => `/tokens?audience=${audience}`), '/auth/accounts'];
  const answers = await Promise.all(paths.flatMap((path) => app.nodes.map((node) => person.request(node.at(path)))));
  return { answers, spent: app.control.requests.slice(before).filter(({ kind }) => kind === 'refresh') };
}
