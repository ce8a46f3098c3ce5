import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodeOf, isLoggedIn, lastRequest, pendingLogin, watch } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const organizations = () => [
  { id: 'org_one', name: 'one', members: ['auth0|alice'], invitations: { ticket: 'bob@example.com' } },
  { id: 'org_two', name: 'two', members: ['auth0|alice'] },
];

describe.each(adapters)('organizations on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { organizations: organizations() } });
  });
  afterAll(() => test?.stop());

  it.each(['org_one', 'one', 'ONE'])('logs in to the organization that the link names as %s', async (organization) => {
    const person = new Person();
    const callback = await pendingLogin(test, person, { query: `&organization=${organization}` });
    expect(lastRequest(test, 'authorize').query.organization).toBe(organization);

    await person.open(callback);

    const profile = await person.request(test.at('/auth/profile'));
    expect(profile.json()).toMatchObject({ sub: 'auth0|alice', org_id: 'org_one', org_name: 'one' });
  });

  it('takes in who comes by an invitation', async () => {
    const person = new Person();
    await person.open(
      await pendingLogin(test, person, { user: 'auth0|bob', query: '&organization=org_one&invitation=ticket' }),
    );
    const profile = await person.request(test.at('/auth/profile'));
    expect(profile.json()).toMatchObject({ sub: 'auth0|bob', org_id: 'org_one' });
  });

  it('refuses an invitation to no organization before Auth0 is asked', async () => {
    const { answer, calls } = await watch(test, () => new Person().request(test.at('/auth/login?invitation=ticket')));
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ errorCode: 'invalid_request', parameter: 'invitation' });
    expect(calls).toEqual({});
  });

  it.each([
    ['another organization', 'org_two', { org_id: 'org_one', org_name: 'one' }],
    ['an organization of another name', 'two', { org_id: 'org_two', org_name: 'one' }],
    ['an id in another case', 'org_two', { org_id: 'ORG_TWO', org_name: 'two' }],
    ['no text', 'two', { org_id: 'org_two', org_name: 7 }],
  ])('gives no session when the ID token names %s', async (_, organization, claims) => {
    const person = new Person();
    const callback = await pendingLogin(test, person, { query: `&organization=${organization}` });
    test.control.idTokenClaims('auth0|alice', claims);

    const answer = await person.request(callback);
    test.control.idTokenClaims('auth0|alice', { org_id: undefined, org_name: undefined });

    expect(answer.status).toBe(403);
    expect(errorCodeOf(answer)).toBe('organization_mismatch');
    expect(answer.headers.getSetCookie().join()).not.toContain('auth0_connect_session=');
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('gives no session when the ID token names none, and brings a person back with the code', async () => {
    const person = new Person();
    const callback = await pendingLogin(test, person, { query: '&organization=org_two' });
    test.control.idTokenClaims('auth0|alice', { org_id: null, org_name: null });

    const answer = await person.request(callback, { headers: { accept: 'text/html' } });
    test.control.idTokenClaims('auth0|alice', { org_id: undefined, org_name: undefined });

    expect(answer.status).toBe(302);
    expect(answer.location).toBe(test.at('/calendar/open?auth0_connect_error=organization_mismatch'));
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('tells of a stranger to the organization as of any refusal', async () => {
    const person = new Person();
    const callback = await pendingLogin(test, person, { user: 'auth0|carol', query: '&organization=org_two' });
    const answer = await person.request(callback);
    expect(answer.status).toBe(403);
    expect(errorCodeOf(answer)).toBe('access_denied');
  });
});

describe.each(adapters)('an application of one organization on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      tenant: { organizations: organizations() },
      options: { authorizationParams: { organization: 'one' } },
    });
  });
  afterAll(() => test?.stop());

  it('logs everybody in to it', async () => {
    const person = await test.logIn();
    expect((await person.request(test.at('/auth/profile'))).json()).toMatchObject({ org_id: 'org_one' });
  });

  it('lets a link choose no other', async () => {
    const answer = await new Person().request(test.at('/auth/login?organization=two'));
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ errorCode: 'invalid_request', parameter: 'organization' });
  });

  it('sends its own where a link names one by id, and checks the login against it', async () => {
    const person = new Person();
    const callback = await pendingLogin(test, person, { query: '&organization=org_two' });
    expect(lastRequest(test, 'authorize').query.organization).toBe('one');
    await person.open(callback);
    expect((await person.request(test.at('/auth/profile'))).json()).toMatchObject({ org_id: 'org_one' });
  });

  it('gives no session for a login to another', async () => {
    const person = new Person();
    const callback = await pendingLogin(test, person);
    test.control.idTokenClaims('auth0|alice', { org_id: 'org_two', org_name: 'two' });

    const answer = await person.request(callback);
    test.control.idTokenClaims('auth0|alice', { org_id: undefined, org_name: undefined });

    expect(errorCodeOf(answer)).toBe('organization_mismatch');
    expect(await isLoggedIn(test, person)).toBe(false);
  });
});
