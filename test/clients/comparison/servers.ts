import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalTenant } from 'auth0-local-tenant';
import { OAuth2Server } from 'oauth2-mock-server';
import { Person } from '../../support/person.js';
import { answers, freePort, run } from '../recipes/recipe.js';
import type { LocalAuth0 } from './local-auth0.js';

const CALLBACK = 'http://localhost:3000/callback';
/** The one whom its README names. */
const SIMULATED_USER = { username: 'default@example.com', password: '12345' };
const CLIENT = { clientId: 'client', clientSecret: 'client-secret' };

/** This package. */
export async function localTenant(): Promise<LocalAuth0> {
  const tenant = await startLocalTenant({
    clients: [{ ...CLIENT, redirectUris: [CALLBACK], webOrigins: [new URL(CALLBACK).origin] }],
    organizations: [{ id: 'org_one', name: 'one', members: ['auth0|alice'] }],
  });
  return {
    name: 'auth0-local-tenant',
    issuer: tenant.issuer,
    client: CLIENT,
    callback: CALLBACK,
    authorize: async (parameters, person = new Person()) => {
      const page = await person.open(withQuery(`${tenant.issuer}authorize`, parameters), { until: CALLBACK });
      if (page.status !== 200) return page.location === undefined ? undefined : new URL(page.location);
      const answer = await person.submit(page, { user: 'auth0|alice', action: 'login' }, { until: CALLBACK });
      return answer.location === undefined ? undefined : new URL(answer.location);
    },
    stop: async () => tenant.stop(),
  };
}

/** @simulacrum/auth0-simulator, whose login page is filled in. It wants a certificate in the home directory. */
export async function auth0Simulator(certificate: { key: string; cert: string }): Promise<LocalAuth0> {
  const home = await mkdtemp(join(tmpdir(), 'simulator-'));
  const folder = join(home, '.simulacrum', 'certs');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'localhost-key.pem'), certificate.key);
  await writeFile(join(folder, 'localhost.pem'), certificate.cert);
  const port = await freePort();
  const script = join(import.meta.dirname, 'auth0-simulator.cjs');
  const program = run([script], home, { HOME: home, PORT: String(port), CLIENT_ID: CLIENT.clientId });
  const issuer = `https://localhost:${port}/`;
  await answers(issuer, program);
  return {
    name: '@simulacrum/auth0-simulator',
    issuer,
    client: CLIENT,
    callback: CALLBACK,
    authorize: async (parameters, person = new Person()) => {
      const page = await person.open(withQuery(`${issuer}authorize`, parameters), { until: CALLBACK });
      if (page.status !== 200) return undefined;
      const { nonce = '', redirect_uri: redirectUri = '', state = '' } = parameters;
      const body = { ...SIMULATED_USER, nonce };
      await person.request(`${issuer}usernamepassword/login`, { method: 'POST', body: new URLSearchParams(body) });
      const wctx = JSON.stringify({ redirect_uri: redirectUri, nonce, state });
      const answer = await person.request(`${issuer}login/callback`, {
        method: 'POST',
        body: new URLSearchParams({ wctx }),
      });
      return answer.location === undefined ? undefined : new URL(answer.location);
    },
    stop: async () => {
      program.stop();
      await program.ended;
      await rm(home, { recursive: true });
    },
  };
}

/** oauth2-mock-server, which has no login page. */
export async function oauth2MockServer(): Promise<LocalAuth0> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  await server.start(0, 'localhost');
  const issuer = server.issuer.url ?? '';
  return {
    name: 'oauth2-mock-server',
    issuer,
    client: CLIENT,
    callback: CALLBACK,
    authorize: async (parameters, person = new Person()) => {
      const { location } = await person.request(withQuery(`${issuer}/authorize`, parameters));
      return location === undefined ? undefined : new URL(location);
    },
    stop: async () => server.stop(),
  };
}

function withQuery(url: string, parameters: Record<string, string>): string {
  return `${url}?${new URLSearchParams(parameters).toString()}`;
}
