import type { LocalTenantOptions, ResolvedOptions } from '../options.js';
import { resolveOptions } from '../defaults.js';
import { TenantConfigurationError } from './configuration-error.js';
import { shapeProblems } from './problems.js';
import {
  apiProblems,
  clientProblems,
  connectionProblems,
  organizationProblems,
  userProblems,
  type Known,
} from './references.js';
import { OPTIONS_SHAPE } from './shapes.js';

/**
 * Checks everything a tenant is started with and fills in what was left out.
 *
 * @throws TenantConfigurationError with every mistake at once
 */
export function checkOptions(options: LocalTenantOptions): ResolvedOptions {
  const misshapen = shapeProblems(OPTIONS_SHAPE, options);
  // What is not even shaped right cannot be looked at for what it names.
  const problems = misshapen.length > 0 ? misshapen : contentProblems(resolveOptions(options));
  if (problems.length > 0) throw new TenantConfigurationError(problems);
  return resolveOptions(options);
}

function contentProblems({
  hostname,
  customDomains,
  clients,
  users,
  connections,
  apis,
  organizations,
}: ResolvedOptions): string[] {
  const known: Known = {
    apis: new Map(apis.map((api) => [api.identifier, api])),
    users: new Map(users.map((user) => [user.userId, user])),
  };
  return [
    ...duplicates(
      'customDomains',
      [hostname, ...customDomains].map((name) => name.toLowerCase()),
    ),
    ...duplicates(
      'clients',
      clients.map(({ clientId }) => clientId),
    ),
    ...duplicates(
      'users',
      users.map(({ userId }) => userId),
    ),
    ...duplicates(
      'connections',
      connections.map(({ name }) => name),
    ),
    ...duplicates(
      'apis',
      apis.map(({ identifier }) => identifier),
    ),
    ...duplicates(
      'organizations',
      organizations.map(({ id }) => id),
    ),
    ...clients.flatMap((client, index) => clientProblems(client, known, `clients[${index}]`)),
    ...users.flatMap((user, index) => userProblems(user, known, `users[${index}]`)),
    ...connections.flatMap((connection, index) => connectionProblems(connection, `connections[${index}]`)),
    ...apis.flatMap((api, index) => apiProblems(api, `apis[${index}]`)),
    ...organizations.flatMap((one, index) => organizationProblems(one, known, `organizations[${index}]`)),
  ];
}

function duplicates(option: string, ids: string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map(
    (id) => `${option}: ${id} is there more than once`,
  );
}
