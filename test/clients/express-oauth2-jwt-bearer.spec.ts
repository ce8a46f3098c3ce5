import type { LocalTenant } from 'auth0-local-tenant';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication, type Application } from './support/application.js';
import { API, MACHINE, ORDERS, startTenant } from './support/tenant.js';

describe('express-oauth2-jwt-bearer', () => {
  let tenant: LocalTenant;
  let application: Application;
  beforeAll(async () => {
    tenant = await startTenant({
      clients: [
        { ...MACHINE, clientGrants: [API, ORDERS].map((audience) => ({ audience, scopes: scopesOf(audience) })) },
      ],
      apis: [
        { identifier: API, scopes: ['read:events'] },
        { identifier: ORDERS, scopes: ['read:orders'], accessTokenProfile: 'rfc9068' },
      ],
    });
    application = await startApplication();
    const app = express();
    app.use('/events', auth({ issuerBaseURL: tenant.issuer, audience: API }), requiredScopes('read:events'));
    app.use('/orders', auth({ issuerBaseURL: tenant.issuer, audience: ORDERS, strict: true }));
    app.use((request, response) => {
      response.json(request.auth?.payload);
    });
    application.handle(app);
  });
  afterAll(async () => {
    await application.stop();
    await tenant.stop();
  });

  const call = async (path: string, audience: string) => {
    const answer = await fetch(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: MACHINE.clientId,
        client_secret: MACHINE.clientSecret,
        audience,
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return fetch(`${application.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  };

  it('takes a token of its API', async () => {
    const answer = await call('/events', API);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ iss: tenant.issuer, aud: API, scope: 'read:events' });
  });

  it('refuses the token of another API', async () => {
    expect((await call('/events', ORDERS)).status).toBe(401);
  });

  it('is strict about the profile of RFC 9068 where the API has chosen it', async () => {
    expect((await call('/orders', ORDERS)).status).toBe(200);
  });
});

function scopesOf(audience: string): string[] {
  return audience === API ? ['read:events'] : ['read:orders'];
}
