import type { LocalTenant } from 'auth0-local-tenant';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import Auth0Strategy from 'passport-auth0';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { startApplication, type Application } from './support/application.js';
import { domainOf, startTenant, WEB } from './support/tenant.js';

interface LoggedIn {
  profile: { id: string; nickname: string };
  refreshToken: string;
  parameters: { id_token: string };
}

describe('passport-auth0', () => {
  let tenant: LocalTenant;
  let application: Application;
  beforeAll(async () => {
    tenant = await startTenant();
    application = await startApplication();
    const { url } = application;
    tenant.addClient({ ...WEB, redirectUris: [`${url}/callback`], logoutUrls: [url] });
    const authenticator = new passport.Passport();
    authenticator.use(
      new Auth0Strategy(
        {
          domain: domainOf(tenant),
          clientID: WEB.clientId,
          clientSecret: WEB.clientSecret,
          callbackURL: `${url}/callback`,
        },
        (_accessToken, refreshToken, parameters, profile, done) => done(null, { profile, refreshToken, parameters }),
      ),
    );
    const app = express();
    app.use(session({ secret: 'a secret of a session', resave: false, saveUninitialized: false }));
    const login = authenticator.authenticate('auth0', {
      session: false,
      scope: 'openid profile email offline_access',
    });
    app.get('/login', login);
    app.get('/callback', login, (request, response) => {
      response.json(request.user);
    });
    application.handle(app);
  });
  afterAll(async () => {
    await application.stop();
    await tenant.stop();
  });

  it('logs in and reads the profile, which it asks for by ?access_token=', async () => {
    const person = new Person();
    const page = await person.open(`${application.url}/login`);
    const answer = await person.submit(page, { user: 'auth0|bob', action: 'login' });
    const { profile, refreshToken, parameters } = answer.json<LoggedIn>();
    expect(profile).toMatchObject({ id: 'auth0|bob', nickname: 'bob' });
    expect([refreshToken, parameters.id_token].every(Boolean)).toBe(true);
  });

  it('logs out by /v2/logout', async () => {
    const query = new URLSearchParams({ client_id: WEB.clientId, returnTo: application.url });
    const answer = await new Person().request(`${tenant.issuer}v2/logout?${query}`);
    expect(answer.location).toBe(`${application.url}/`);
  });
});
