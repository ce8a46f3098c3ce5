import { z } from 'zod';
import { SHAPES } from '../../configuration/shapes.js';
import type { TenantControl } from '../tenant-control.js';
import { command, text, type CommandTable } from './command.js';

/** What the tenant is made of. The control checks what is added, and names every mistake. */
export function directoryCommands(control: TenantControl): CommandTable {
  return {
    addClient: command(SHAPES.client, (p) => control.addClient(p as never)),
    removeClient: command(z.strictObject({ clientId: text }), (p) => control.removeClient(p.clientId)),
    addUser: command(SHAPES.user, (p) => control.addUser(p)),
    removeUser: command(z.strictObject({ userId: text }), (p) => control.removeUser(p.userId)),
    addApi: command(SHAPES.api, (p) => control.addApi(p)),
    removeApi: command(z.strictObject({ identifier: text }), (p) => control.removeApi(p.identifier)),
    addConnection: command(SHAPES.connection, (p) => control.addConnection(p)),
    removeConnection: command(z.strictObject({ name: text }), (p) => control.removeConnection(p.name)),
    addOrganization: command(SHAPES.organization, (p) => control.addOrganization(p)),
    removeOrganization: command(z.strictObject({ id: text }), (p) => control.removeOrganization(p.id)),
  };
}
