import type { LocalTenant } from 'auth0-local-tenant';
import express from 'express';
import eoc from 'express-openid-connect';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { startApplication, type Application } from './support/application.js';
import { API, startTenant, WEB } from './support/tenant.js';

describe('express-openid-connect', () => {
  let tenant: LocalTenant;
  let application: Application;
  beforeAll(async () => {
    tenant = await startTenant();
    application = await startApplication();
    const { url } = application;
    tenant.addClient({ ...WEB, redirectUris: [`${url}/callback`], logoutUrls: [url] });
    const app = express();
    app.use(
      eoc.auth({
        issuerBaseURL: tenant.domain,
        baseURL: url,
        clientID: WEB.clientId,
        clientSecret: WEB.clientSecret,
        secret: 'a secret that is long enough for cookies',
        authRequired: false,
        auth0Logout: false,
        idpLogout: true,
        authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access', audience: API },
      }),
    );
    app.get('/', (request, response) => {
      response.json({ user: request.oidc.user ?? null });
    });
    app.get('/profile', eoc.requiresAuth(), async (request, response) => {
      response.json(await request.oidc.fetchUserInfo());
    });
    app.get('/refresh', eoc.requiresAuth(), async (request, response) => {
      response.json(await request.oidc.accessToken?.refresh());
    });
    application.handle(app);
  });
  afterAll(async () => {
    await application.stop();
    await tenant.stop();
  });

  const login = async (): Promise<Person> => {
    const person = new Person();
    const page = await person.open(`${application.url}/login`);
    const answer = await person.submit(page, { user: 'auth0|alice', action: 'login' });
    expect(answer.json()).toMatchObject({ user: { sub: 'auth0|alice', email: 'alice@example.com' } });
    return person;
  };

  it('logs in and asks userinfo', async () => {
    const person = await login();
    expect((await person.open(`${application.url}/profile`)).json()).toMatchObject({ nickname: 'alice' });
  });

  it('refreshes', async () => {
    const person = await login();
    const { access_token: accessToken } = (await person.open(`${application.url}/refresh`)).json<
      Record<string, string>
    >();
    expect(decodeJwt(accessToken ?? '')).toMatchObject({ sub: 'auth0|alice', azp: WEB.clientId });
  });

  it('logs out, here and at the tenant', async () => {
    const person = await login();
    expect((await person.open(`${application.url}/logout`)).json()).toEqual({ user: null });
    const again = await person.open(`${application.url}/login`);
    expect(again.text, 'the login page').toContain('name="user"');
  });
});
