import { z } from 'zod';
import { isRecord } from '../../values.js';
import type { TenantControl } from '../tenant-control.js';
import { command, json, text, type CommandTable } from './command.js';

/** What users do, and what is known of them. */
export function userCommands(control: TenantControl): CommandTable {
  const claims = json.optional();
  return {
    mint: command(
      z.strictObject({
        userId: text.optional(),
        clientId: text.optional(),
        audience: text.optional(),
        scope: z.string().optional(),
        organization: text.optional(),
        expiresInSeconds: z.int().optional(),
        claims,
        header: json.optional(),
      }),
      async (p) => ({
        access_token: await control.mint({ ...p, claims: withoutNulls(p.claims), header: withoutNulls(p.header) }),
      }),
    ),
    loginAs: command(
      z.strictObject({
        userId: text,
        clientId: text.optional(),
        audience: text.optional(),
        scope: z.string().optional(),
        organization: text.optional(),
      }),
      async (p) => control.loginAs(p),
    ),
    idTokenClaims: command(z.strictObject({ userId: text, claims: json }), (p) =>
      control.idTokenClaims(p.userId, p.claims),
    ),
    accessTokenClaims: command(z.strictObject({ userOrClientId: text, claims: json }), (p) =>
      control.accessTokenClaims(p.userOrClientId, p.claims),
    ),
    accounts: command(z.strictObject({ userId: text }), (p) => ({ accounts: control.accounts(p.userId) })),
    connectAccount: command(
      z.strictObject({
        userId: text,
        connection: text,
        scopes: z.array(text).optional(),
        email: text.optional(),
        token: text.optional(),
      }),
      (p) => control.connectAccount(p.userId, p.connection, { scopes: p.scopes, email: p.email, token: p.token }),
    ),
    disconnectAccount: command(z.strictObject({ userId: text, connectionOrId: text }), (p) =>
      control.disconnectAccount(p.userId, p.connectionOrId),
    ),
    revokeAtProvider: command(z.strictObject({ userId: text, connectionOrId: text }), (p) =>
      control.revokeAtProvider(p.userId, p.connectionOrId),
    ),
    revokeRefreshTokens: command(z.strictObject({ userId: text }), (p) => control.revokeRefreshTokens(p.userId)),
    logoutToken: command(z.strictObject({ claims: json, header: json.optional() }), async (p) => ({
      logout_token: await control.logoutToken(withoutNulls(p.claims), withoutNulls(p.header)),
    })),
    sendBackchannelLogout: command(
      z.strictObject({
        clientId: text,
        uri: text.optional(),
        sub: text.optional(),
        sid: text.optional(),
        claims,
        header: json.optional(),
      }),
      async (p) => ({
        status: await control.sendBackchannelLogout({
          ...p,
          claims: withoutNulls(p.claims),
          header: withoutNulls(p.header),
        }),
      }),
    ),
    approveBackchannel: command(z.strictObject({ authReqId: text.optional() }), async (p) =>
      control.approveBackchannel(p.authReqId),
    ),
    denyBackchannel: command(z.strictObject({ authReqId: text.optional() }), async (p) =>
      control.denyBackchannel(p.authReqId),
    ),
  };
}

/** JSON has no `undefined`: `null` takes a claim away. */
function withoutNulls<T extends Record<string, unknown> | undefined>(claims: T): T {
  if (!isRecord(claims)) return claims;
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, value ?? undefined])) as T;
}
