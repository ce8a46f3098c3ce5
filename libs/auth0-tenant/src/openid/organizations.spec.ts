import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { authorize, connect, login, myAccount, myAccountToken, token } from '../testing/flows.js';

describe('organizations', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({
      organizations: [
        { id: 'org_one', name: 'one', members: ['auth0|alice'], invitations: { ticket: 'bob@example.com' } },
        { id: 'org_two', name: 'two', members: [] },
      ],
    });
  });
  afterAll(async () => tenant.stop());

  it('puts the organization into ID and access tokens, also after a refresh', async () => {
    for (const organization of ['org_one', 'one']) {
      const session = await login(tenant, { organization });
      expect(decodeJwt(session.id_token)).toMatchObject({ org_id: 'org_one', org_name: 'one' });
      const refreshed = await token(tenant, { grant_type: 'refresh_token', refresh_token: session.refresh_token });
      expect(decodeJwt(String(refreshed.body.id_token))).toMatchObject({ org_id: 'org_one' });
      expect(decodeJwt(await myAccountToken(tenant, session.refresh_token))).toMatchObject({ org_id: 'org_one' });
    }
    expect(decodeJwt((await login(tenant)).id_token)).not.toHaveProperty('org_id');
  });

  it('refuses who is not a member, and organizations that do not exist', async () => {
    const stranger = await authorize(tenant, { organization: 'org_one', user: 'auth0|carol' });
    expect(stranger.searchParams.get('error')).toBe('access_denied');
    expect(stranger.searchParams.get('error_description')).toContain('not part of the org_one organization');
    const unknown = await authorize(tenant, { organization: 'org_none' });
    expect(unknown.searchParams.get('error')).toBe('invalid_request');
  });

  it('takes in who was invited, once', async () => {
    const invitation = { organization: 'org_one', invitation: 'ticket' };
    const wrong = await authorize(tenant, { ...invitation, user: 'auth0|carol' });
    expect(wrong.searchParams.get('error')).toBe('access_denied');
    expect((await authorize(tenant, { ...invitation, user: 'auth0|bob' })).searchParams.has('code')).toBe(true);
    expect((await authorize(tenant, { ...invitation, user: 'auth0|bob' })).searchParams.get('error')).toBe(
      'invalid_request',
    );
    expect((await authorize(tenant, { organization: 'org_one', user: 'auth0|bob' })).searchParams.has('code')).toBe(
      true,
    );
  });

  it('keeps an existing session from entering an organization it is not in', async () => {
    const browser = new Browser();
    await login(tenant, { browser, user: 'auth0|carol' });
    const url = await authorize(tenant, { browser, organization: 'org_one', user: 'auth0|carol' });
    expect(url.searchParams.get('error')).toBe('access_denied');
  });

  it('marks accounts connected in an organization', async () => {
    const session = await login(tenant, { organization: 'org_one' });
    const accessToken = await myAccountToken(tenant, session.refresh_token);
    await connect(tenant, accessToken);
    const { body } = await myAccount(tenant, accessToken, 'GET', 'accounts');
    expect(body.accounts).toMatchObject([{ org_id: 'org_one' }]);
  });
});
