import type { z } from 'zod';
import { TenantConfigurationError } from '../configuration/configuration-error.js';
import { shapeProblems } from '../configuration/problems.js';
import {
  apiProblems,
  clientProblems,
  connectionProblems,
  organizationProblems,
  userProblems,
} from '../configuration/references.js';
import { SHAPES } from '../configuration/shapes.js';
import type { TenantApi, TenantClient, TenantConnection, TenantOrganization, TenantUser } from '../options.js';
import type { Tenant } from '../state/tenant.js';

/** Registers a client, or replaces the one of the same id. */
export function addClient(tenant: Tenant, client: TenantClient): void {
  check(SHAPES.client, client, 'client', () => clientProblems(client, tenant, 'client'));
  tenant.clients.set(client.clientId, client);
}

/** Adds a user, or replaces the one of the same id. */
export function addUser(tenant: Tenant, user: TenantUser): void {
  check(SHAPES.user, user, 'user', () => userProblems(user, tenant, 'user'));
  tenant.users.set(user.userId, user);
}

/** Adds a connection, or replaces the one of the same name. */
export function addConnection(tenant: Tenant, connection: TenantConnection): void {
  check(SHAPES.connection, connection, 'connection', () => connectionProblems(connection, 'connection'));
  tenant.connections.set(connection.name, connection);
}

/** Adds an API, or replaces the one of the same identifier. */
export function addApi(tenant: Tenant, api: TenantApi): void {
  check(SHAPES.api, api, 'api', () => apiProblems(api, 'api'));
  tenant.apis.set(api.identifier, api);
}

/** Adds an organization, or replaces the one of the same id. */
export function addOrganization(tenant: Tenant, organization: TenantOrganization): void {
  check(SHAPES.organization, organization, 'organization', () =>
    organizationProblems(organization, tenant, 'organization'),
  );
  tenant.organizations.set(organization.id, organization);
}

/** Removes a user with everything that is theirs: sessions, grants, memberships and connected accounts. */
export function removeUser(tenant: Tenant, userId: string): void {
  tenant.users.delete(userId);
  tenant.store.forgetAccount(userId);
  tenant.tickets.forget((request) => request.userId === userId);
  for (const { id } of tenant.vault.accounts(userId)) tenant.vault.remove(userId, id);
  for (const organization of tenant.organizations.values()) {
    organization.members = organization.members.filter((id) => id !== userId);
  }
}

/** Removes a connection; nobody can finish connecting it. */
export function removeConnection(tenant: Tenant, name: string): void {
  tenant.connections.delete(name);
  tenant.tickets.forget((request) => request.connection === name);
}

function check(shape: z.ZodType, value: unknown, name: string, contentProblems: () => string[]): void {
  const misshapen = shapeProblems(shape, value, name);
  const problems = misshapen.length > 0 ? misshapen : contentProblems();
  if (problems.length > 0) throw new TenantConfigurationError(problems);
}
