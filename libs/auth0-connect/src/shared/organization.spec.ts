import { describe, expect, it } from 'vitest';
import { isForOrganization } from './organization.js';

describe('the organization of an ID token', () => {
  it.each([
    ['org_abc', { org_id: 'org_abc' }, true],
    ['org_abc', { org_id: 'org_ABC' }, false],
    ['org_abc', { org_id: 'org_other', org_name: 'org_abc' }, false],
    ['org_abc', {}, false],
    ['acme', { org_id: 'org_abc', org_name: 'acme' }, true],
    ['Acme', { org_id: 'org_abc', org_name: 'acme' }, true],
    ['acme', { org_id: 'org_abc', org_name: 'ACME' }, true],
    ['acme', { org_id: 'acme' }, false],
    ['acme', { org_id: 'org_abc', org_name: ['acme'] }, false],
    ['acme', {}, false],
  ])('asked for %s and given %o: %s', (organization, claims, expected) => {
    expect(isForOrganization(claims, organization)).toBe(expected);
  });
});
