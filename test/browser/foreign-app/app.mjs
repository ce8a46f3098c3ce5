/**
 * A tiny application that owes nothing to Nest: log in with Auth0, see the next entries of a connected Google calendar.
 * Told by the environment: PORT, AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, GOOGLE_API.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import * as auth0 from 'openid-client';

const { PORT, AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, GOOGLE_API } = process.env;
const url = `http://localhost:${PORT}`;
const sessions = new Map();

const config = await auth0.discovery(new URL(AUTH0_DOMAIN), AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, undefined, {
  execute: [auth0.allowInsecureRequests],
});

const routes = {
  '/': (session) =>
    session.claims
      ? page(`Hello ${session.claims.name}`, '<a href="/calendar">Calendar</a> <a href="/logout">Log out</a>')
      : page('Welcome', '<a href="/login">Log in</a>'),

  '/login': async (session) => {
    session.verifier = auth0.randomPKCECodeVerifier();
    session.state = auth0.randomState();
    const target = auth0.buildAuthorizationUrl(config, {
      redirect_uri: `${url}/callback`,
      scope: 'openid profile email offline_access',
      code_challenge: await auth0.calculatePKCECodeChallenge(session.verifier),
      code_challenge_method: 'S256',
      state: session.state,
    });
    return redirect(target.href);
  },

  '/callback': async (session, here) => {
    try {
      const tokens = await auth0.authorizationCodeGrant(config, here, {
        pkceCodeVerifier: session.verifier,
        expectedState: session.state,
      });
      session.claims = tokens.claims();
      session.refreshToken = tokens.refresh_token;
      return redirect('/');
    } catch {
      return page('You are not logged in', '<a href="/login">Try again</a>');
    }
  },

  '/calendar': async (session) => {
    if (!session.claims) return redirect('/login');
    try {
      const { access_token: token } = await auth0.genericGrantRequest(
        config,
        'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
        {
          subject_token: session.refreshToken,
          subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
          requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
          connection: 'google-oauth2',
        },
      );
      const headers = { authorization: `Bearer ${token}` };
      const events = await (await fetch(`${GOOGLE_API}/calendar/v3/calendars/primary/events`, { headers })).json();
      return page('Calendar', `<ul>${events.items.map(({ summary }) => `<li>${summary}</li>`).join('')}</ul>`);
    } catch (error) {
      if (error.error === 'federated_connection_refresh_token_not_found') return page('Google is not connected', '');
      if (error.error === 'federated_connection_refresh_token_flow_failed') return page('Connect Google again', '');
      return page('Auth0 is busy', '<a href="/calendar">Try again</a>');
    }
  },

  '/logout': (session) => {
    sessions.delete(session.id);
    const target = new URL('/v2/logout', AUTH0_DOMAIN);
    target.search = new URLSearchParams({ client_id: AUTH0_CLIENT_ID, returnTo: url });
    return redirect(target.href);
  },
};

createServer(async (request, response) => {
  const here = new URL(request.url, url);
  const session = sessionOf(request);
  const route = routes[here.pathname];
  const { status, headers, body } = route ? await route(session, here) : page('Not found', '');
  response.writeHead(status, { 'set-cookie': `app=${session.id}; HttpOnly; SameSite=Lax`, ...headers }).end(body);
}).listen(PORT, '127.0.0.1', () => console.log('ready'));

function sessionOf(request) {
  const id = /app=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  if (sessions.has(id)) return sessions.get(id);
  const session = { id: randomUUID() };
  sessions.set(session.id, session);
  return session;
}

function page(title, content) {
  const html = `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${content}</html>`;
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: html };
}

function redirect(location) {
  return { status: 302, headers: { location } };
}
