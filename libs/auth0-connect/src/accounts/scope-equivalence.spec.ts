import { describe, expect, it } from 'vitest';
import { ScopeEquivalence } from './scope-equivalence.js';

const GOOGLE = 'https://www.googleapis.com/auth/';
const GRAPH = 'https://graph.microsoft.com/';

/** What a connection's answer lacks of what was asked for. */
const missing = (connection: string, wanted: string[], granted: string[]): string[] =>
  new ScopeEquivalence(connection).missing(wanted, granted);

describe("what a provider's answer stands for", () => {
  it.each<[string, string, string[], string[]]>([
    ['another name', 'google-oauth2', ['email', 'profile'], [`${GOOGLE}userinfo.email`, `${GOOGLE}userinfo.profile`]],
    ['the other way around', 'google-oauth2', [`${GOOGLE}userinfo.email`], ['email']],
    ['a wider scope', 'google-oauth2', [`${GOOGLE}calendar.events`], [`${GOOGLE}calendar`]],
    ['one wider by two steps', 'google-oauth2', [`${GOOGLE}gmail.send`], ['https://mail.google.com/']],
    ['one that may write too', 'google-oauth2', [`${GOOGLE}drive.readonly`], [`${GOOGLE}drive`]],
    ['one that may write, and more', 'google-oauth2', [`${GOOGLE}calendar.events.readonly`], [`${GOOGLE}calendar`]],
    ['a name without its resource', 'windowslive', [`${GRAPH}Mail.Read`], ['Mail.Read']],
    ['a name with its resource', 'windowslive', ['Mail.Read'], [`${GRAPH}Mail.Read`]],
    ['other letters', 'windowslive', ['mail.read', 'Calendars.Read'], ['Mail.Read', 'calendars.read']],
    ['a wider scope in other letters', 'windowslive', [`${GRAPH}mail.readbasic`], ['MAIL.READWRITE']],
    [
      'scopes that are never returned',
      'windowslive',
      ['offline_access', `${GRAPH}.default`, '.default'],
      ['User.Read'],
    ],
    [
      'what was left out as covered',
      'github',
      ['user:email', 'public_repo', 'read:org'],
      ['user', 'repo', 'admin:org'],
    ],
    ['the newer name', 'slack', ['chat:write:user', 'files:write:user'], ['chat:write', 'files:write']],
    ['one name for two', 'slack', ['chat:write:bot'], ['chat:write:user']],
  ])('may have %s (%s)', (_what, connection, wanted, granted) => {
    expect(missing(connection, wanted, granted)).toEqual([]);
  });

  it.each<[string, string, string[], string[], string[]]>([
    ['what only reads', 'google-oauth2', [`${GOOGLE}calendar`], [`${GOOGLE}calendar.readonly`], [`${GOOGLE}calendar`]],
    ['a narrower scope', 'github', ['repo'], ['public_repo', 'repo:status'], ['repo']],
    ['a name that begins alike', 'github', ['repo'], ['repo2', 'Repo'], ['repo']],
    [
      'a scope of another resource',
      'windowslive',
      ['https://outlook.office.com/Mail.Read'],
      ['Mail.Read'],
      ['https://outlook.office.com/Mail.Read'],
    ],
    ['nothing', 'google-oauth2', ['email'], [], ['email']],
    ['what another provider means by it', 'acme', ['email'], [`${GOOGLE}userinfo.email`], ['email']],
    ['what another provider covers', 'acme', ['public_repo'], ['repo'], ['public_repo']],
    ['other letters where they count', 'acme', ['mail.read'], ['Mail.Read'], ['mail.read']],
  ])('is not enough with %s (%s)', (_what, connection, wanted, granted, lacking) => {
    expect(missing(connection, wanted, granted)).toEqual(lacking);
  });

  it('names what is missing in the words it was asked for', () => {
    expect(missing('windowslive', [`${GRAPH}Mail.Send`, 'Mail.Read'], ['mail.read'])).toEqual([`${GRAPH}Mail.Send`]);
  });

  it('is what the application says of a provider of its own', () => {
    const crm = new ScopeEquivalence('crm', {
      same: [['email', 'https://crm.example.com/email', 'mail']],
      covers: { admin: ['write'], write: ['read'] },
      notReturned: ['offline'],
    });
    expect(crm.missing(['email', 'mail', 'read', 'offline'], ['https://crm.example.com/email', 'admin'])).toEqual([]);
    expect(crm.missing(['admin', 'EMAIL'], ['write', 'email'])).toEqual(['admin', 'EMAIL']);
  });

  it('may be that of a known provider under a name of its own, with more on top', () => {
    const workspace = new ScopeEquivalence('acme-workspace', {
      provider: 'google',
      covers: { [`${GOOGLE}cloud-platform`]: [`${GOOGLE}bigquery`] },
    });
    expect(
      workspace.missing(
        ['email', `${GOOGLE}bigquery.readonly`],
        [`${GOOGLE}userinfo.email`, `${GOOGLE}cloud-platform`],
      ),
    ).toEqual([]);
    const strict = new ScopeEquivalence('windowslive', { ignoresCase: false });
    expect(strict.missing(['mail.read'], ['Mail.Read'])).toEqual(['mail.read']);
  });

  it('survives rules that go in circles, and thousands of scopes', () => {
    const circle = new ScopeEquivalence('crm', {
      same: [
        ['a', 'b'],
        ['b', 'a'],
      ],
      covers: { a: ['c'], c: ['a', 'd'], d: ['c'] },
    });
    expect(circle.missing(['a', 'b', 'c', 'd', 'e'], ['d'])).toEqual(['e']);
    const many = Array.from({ length: 5000 }, (_, index) => `${GOOGLE}scope${index}`);
    expect(missing('google-oauth2', [`${GOOGLE}scope4999.readonly`, 'email'], many)).toEqual(['email']);
  });
});
