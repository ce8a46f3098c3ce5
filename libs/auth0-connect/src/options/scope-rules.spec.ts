import { describe, expect, it } from 'vitest';
import { problemsOfScopeRules } from './scope-rules.js';

describe('the option scopeRules', () => {
  it.each([
    [undefined],
    [{}],
    [{ crm: {} }],
    [{ 'acme-google': { provider: 'google' } }],
    [{ crm: { same: [['a', 'b']], covers: { a: ['c'] }, notReturned: ['d'], ignoresCase: true } }],
  ])('may be %j', (given) => expect(problemsOfScopeRules(given)).toEqual([]));

  it.each<[unknown, string]>([
    ['google', 'scopeRules must be an object, by the names of connections'],
    [[], 'scopeRules must be an object, by the names of connections'],
    [{ crm: 'google' }, "scopeRules.crm must be an object, such as { provider: 'google' }"],
    [{ crm: { provider: 'facebook' } }, 'scopeRules.crm.provider must be one of google, microsoft, github, slack'],
    [{ crm: { same: [['a']] } }, 'scopeRules.crm.same must be a list of groups of two or more scopes'],
    [{ crm: { same: ['a', 'b'] } }, 'scopeRules.crm.same must be a list of groups of two or more scopes'],
    [{ crm: { same: [['a', 'b c']] } }, 'scopeRules.crm.same must be a list of groups of two or more scopes'],
    [{ crm: { covers: ['a'] } }, 'scopeRules.crm.covers must be an object of lists of scopes, by the wider scope'],
    [{ crm: { covers: { a: 'b' } } }, 'scopeRules.crm.covers must be an object of lists of scopes, by the wider scope'],
    [{ crm: { notReturned: 'a' } }, 'scopeRules.crm.notReturned must be a list of scopes'],
    [{ crm: { ignoresCase: 'yes' } }, 'scopeRules.crm.ignoresCase must be true or false'],
    [
      { crm: { ignoreCase: true } },
      'scopeRules.crm.ignoreCase is not an option; there are provider, same, covers, notReturned, ignoresCase',
    ],
  ])('must not be %j', (given, problem) => expect(problemsOfScopeRules(given)).toEqual([problem]));
});
