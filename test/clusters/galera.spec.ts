import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sameAt, type SampleProcess } from '../processes/sample-process.js';
import { tally, until } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { GaleraCluster } from './engines/galera.js';
import { callbacksSuite } from './suites/callbacks.suite.js';
import { exchangeSuite } from './suites/exchange.suite.js';
import { logoutSuite, promptLogoutSuite } from './suites/logout.suite.js';
import { rotationSuite } from './suites/rotation.suite.js';
import { AppNodes } from './support/app-nodes.js';

describe('a Galera cluster of three nodes, a process of the application on each', () => {
  let cluster: GaleraCluster;
  let app: AppNodes;
  const theApp = (): AppNodes => app;
  beforeAll(async () => {
    cluster = await GaleraCluster.start();
  });
  afterAll(async () => cluster?.stop());

  describe('as MariaDB sets it up', () => {
    useApp({ syncWait: 0 });
    callbacksSuite(theApp);
    exchangeSuite(theApp);
    rotationSuite(theApp);
    logoutSuite(theApp);

    it('a node that is behind goes by what it has: a session that ended elsewhere lives on there', async () => {
      const { person } = await app.logIn();
      const cookie = person.cookieHeader(new URL(app.node(0).url));
      const { late, letGo } = await holdBackTheLast();
      expect((await person.request(app.node(0).at('/auth/logout'))).status).toBe(302);
      expect((await new Person().request(late.at('/auth/profile'), { headers: { cookie } })).status).toBe(200);
      letGo();
    });

    it('a node that is behind refuses the callback of a login of which it has not heard', async () => {
      const { late, letGo } = await holdBackTheLast();
      const person = new Person();
      const callback = await app.pendingLogin(person, app.newUser());
      expect((await person.request(sameAt(callback, late))).status).toBe(400);
      letGo();
    });
  });

  describe('with wsrep_sync_wait=1', () => {
    useApp({ syncWait: 1 });
    callbacksSuite(theApp);
    exchangeSuite(theApp);
    rotationSuite(theApp);
    logoutSuite(theApp);
    promptLogoutSuite(theApp);

    it('a node that is behind does not answer for a session until it knows whether it has ended', async () => {
      const { person } = await app.logIn();
      const cookie = person.cookieHeader(new URL(app.node(0).url));
      const { late, letGo, asked } = await holdBackTheLast();
      expect((await person.request(app.node(0).at('/auth/logout'))).status).toBe(302);
      const answer = new Person().request(late.at('/auth/profile'), { headers: { cookie } });
      await asked();
      letGo();
      expect((await answer).status).toBe(401);
    });

    it('a node that is behind takes the callback of a login that began elsewhere', async () => {
      const { late, letGo, asked } = await holdBackTheLast();
      const person = new Person();
      const callback = await app.pendingLogin(person, app.newUser());
      const answer = person.request(sameAt(callback, late));
      await asked();
      letGo();
      expect((await answer).status).toBe(302);
    });

    it('a node that is behind ends by a logout token the session that began elsewhere', async () => {
      const { late, letGo, asked } = await holdBackTheLast();
      const person = new Person();
      const user = app.newUser();
      const callback = await app.pendingLogin(person, user);
      expect((await person.request(sameAt(callback, app.node(0)))).status).toBe(302);
      const told = app.logOutByToken(user, late);
      await asked();
      letGo();
      expect(await told).toBe(200);
      expect((await person.request(app.node(0).at('/auth/profile'))).status).toBe(401);
    });

    describe('when a node is killed', () => {
      let atTheDead: Answer;
      let atTheOthers: Answer[];
      let returned: number;
      beforeAll(async () => {
        const { person, user } = await app.logIn(undefined, app.node(2));
        app.control.connectAccount(user, 'google-oauth2');
        await cluster.nodes[2]!.kill();
        atTheDead = await person.request(app.node(2).at('/calendar'));
        // The others wait for it until they agree that it is gone.
        atTheOthers = await Promise.all([0, 1].map((index) => person.request(app.node(index).at('/calendar'))));
        await cluster.nodes[2]!.start();
        await cluster.nodes[2]!.execute('SET GLOBAL wsrep_sync_wait = 1');
        const again = async (): Promise<number> => (await person.request(app.node(2).at('/calendar'))).status;
        await until('its process serves again', async () => (returned = await again()) < 500);
      });

      it('its process says when to ask again', () => {
        expect(atTheDead.status).toBe(503);
        expect(atTheDead.headers.get('retry-after')).toMatch(/^\d+$/);
      });

      it('the others go on with what was begun there', () => {
        expect(tally(atTheOthers)).toEqual({ 200: 2 });
      });

      it('its process serves again when it has come back, without a restart', () => {
        expect(returned).toBe(200);
      });
    });
  });

  /** @param options.syncWait which statements wait for what other nodes have written: 0 none, 1 reads */
  function useApp({ syncWait }: { syncWait: number }): void {
    beforeAll(async () => {
      const database = `app_${randomBytes(4).toString('hex')}`;
      await cluster.nodes[0]!.execute(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
      for (const node of cluster.nodes) await node.execute(`SET GLOBAL wsrep_sync_wait = ${syncWait}`);
      const dataSources = cluster.nodes.map(({ url }) => ({ type: 'mariadb' as const, url: `${url}/${database}` }));
      app = await AppNodes.start({ dataSources, observer: dataSources[0]! });
    });
    afterAll(async () => app?.stop());
    beforeEach(() => app.control.resetCounts());
  }

  /** The last node applies nothing of what the others write until it is let go. */
  async function holdBackTheLast(): Promise<{
    late: SampleProcess;
    letGo: () => void;
    asked: () => Promise<void>;
  }> {
    const { waiting, letGo } = await cluster.nodes[2]!.holdBack();
    onTestFinished(letGo);
    /** What was sent to the process has come to the node, and waits there. */
    const asked = () => until('a statement waits for the node', async () => (await waiting()) > 0);
    return { late: app.node(2), letGo, asked };
  }
});
