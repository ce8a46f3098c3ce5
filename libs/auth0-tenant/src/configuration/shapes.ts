import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import type {
  CustomTokenExchange,
  LocalTenantOptions,
  TenantApi,
  TenantClient,
  TenantConnection,
  TenantOrganization,
  TenantUser,
} from '../options.js';

/** A check for every property of `T`: the compiler refuses one that is missing or too many. */
type Shape<T> = { [K in keyof Required<T>]-?: z.ZodType<T[K]> };

const text = z.string().min(1);
const texts = z.array(text);
const flag = z.boolean();
const url = z.string().refine((value) => URL.canParse(value), 'must be an absolute URL');
const redirectUri = url.refine((value) => !value.includes('#'), 'must not have a fragment');
const origin = z
  .string()
  .refine((value) => URL.canParse(value) && new URL(value).origin === value, 'must be an origin, without a path');
const jwks = z.strictObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

const address = z.string().refine(isAddressOrRange, 'must be an IP address or a CIDR range');

const client: Shape<TenantClient> = {
  clientId: text,
  name: text.optional(),
  clientSecret: text.optional(),
  redirectUris: z.array(redirectUri),
  logoutUrls: z.array(url).optional(),
  grantTypes: texts.optional(),
  tokenEndpointAuthMethod: z
    .enum([
      'client_secret_post',
      'client_secret_basic',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'none',
    ])
    .optional(),
  jwks: jwks.optional(),
  tlsClientAuthSubjectDn: text.optional(),
  refreshTokenRotation: flag.optional(),
  mrrtPolicies: z.array(z.strictObject({ audience: text, scopes: texts })).optional(),
  api: text.optional(),
  privilegedWorker: z
    .strictObject({
      ipAllowlist: z.array(address).min(1).max(10),
      grants: z
        .array(z.strictObject({ connection: text, scopes: texts.min(1) }))
        .min(1)
        .max(5)
        .refine((grants) => grants.flatMap(({ scopes }) => scopes).length <= 20, 'must not have more than 20 scopes'),
    })
    .optional(),
  clientGrants: z
    .array(z.strictObject({ audience: text, scopes: texts, subjectType: z.enum(['client', 'user']).optional() }))
    .optional(),
  backchannelLogoutUri: url.optional(),
  requirePar: flag.optional(),
  dpopBound: flag.optional(),
  certificateBound: flag.optional(),
  webOrigins: z.array(origin).optional(),
};

const user: Shape<TenantUser> = {
  userId: text,
  name: text,
  nickname: text.optional(),
  email: z.string().regex(/^[^@]+@[^@]+$/, 'must be an e-mail address'),
  emailVerified: flag.optional(),
  picture: text.optional(),
  permissions: z.record(text, texts).optional(),
};

const providerAccount = z.strictObject({ id: text, email: text, name: text.optional() });

const connection: Shape<TenantConnection> = {
  name: text.max(128),
  strategy: text,
  displayName: text.optional(),
  scopes: texts,
  defaultScopes: texts.optional(),
  scopeSeparator: z.enum([' ', ',']).optional(),
  downscoping: flag.optional(),
  accounts: z.record(text, z.array(providerAccount).min(1)).optional(),
};

const api: Shape<TenantApi> = {
  identifier: text,
  scopes: texts,
  name: text.optional(),
  rbac: flag.optional(),
  permissionsInAccessToken: flag.optional(),
  accessTokenProfile: z.enum(['auth0', 'rfc9068']).optional(),
  userAccess: z.enum(['allow_all', 'require_client_grant', 'deny_all']).optional(),
  clientAccess: z.enum(['require_client_grant', 'deny_all']).optional(),
};

const organization: Shape<TenantOrganization> = {
  id: text,
  name: text,
  displayName: text.optional(),
  members: texts,
  invitations: z.record(text, text).optional(),
};

const certificate = z
  .strictObject({ key: text, cert: text, ca: text.optional() })
  .refine(({ key, cert, ca }) => isPair(key, cert, ca), 'key, cert and ca must be PEM, the key being that of cert');

const controlApi = z.strictObject({ secret: z.string().min(16, 'must have at least 16 characters') });

const hostname = z
  .string()
  .refine((value) => URL.canParse(`http://${value}/`) && new URL(`http://${value}/`).hostname === value.toLowerCase(), {
    error: 'must be a host name or address alone, such as "localhost", "auth0" or "[::1]"',
  });

/** The shape of each thing a tenant is made of. */
export const SHAPES = {
  client: z.strictObject(client),
  user: z.strictObject(user),
  connection: z.strictObject(connection),
  api: z.strictObject(api),
  organization: z.strictObject(organization),
};

const options: Shape<LocalTenantOptions> = {
  port: z.int().min(0).max(65_535).optional(),
  hostname: hostname.optional(),
  listen: z.array(text).min(1).optional(),
  customDomains: z.array(hostname).optional(),
  clients: z.array(SHAPES.client).optional(),
  users: z.array(SHAPES.user).min(1).optional(),
  connections: z.array(SHAPES.connection).optional(),
  apis: z.array(SHAPES.api).optional(),
  organizations: z.array(SHAPES.organization).optional(),
  tls: z
    .union([z.literal(true), certificate], 'must be true, or { key, cert, ca? } in PEM, the key being that of cert')
    .optional(),
  dpopNonce: flag.optional(),
  controlApi: z.union([flag, controlApi], 'must be true, or { secret } of at least 16 characters').optional(),
  customTokenExchange: z
    .custom<(request: CustomTokenExchange) => string | undefined | Promise<string | undefined>>(
      (value) => typeof value === 'function',
      'must be a function',
    )
    .optional(),
};

/** The shape of everything a tenant is started with. */
export const OPTIONS_SHAPE = z.strictObject(options);

function isAddressOrRange(value: string): boolean {
  const [network = '', prefix, ...rest] = value.split('/');
  const bits = { 4: 32, 6: 128 }[isIP(network)] ?? 0;
  return bits > 0 && rest.length === 0 && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits));
}

function isPair(key: string, cert: string, ca: string | undefined): boolean {
  try {
    createSecureContext({ key, cert, ca });
    return true;
  } catch {
    return false;
  }
}
