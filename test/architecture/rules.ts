import { relative, sep } from 'node:path';
import { LIBRARY, TENANT } from './sources.js';

/** What the library does, without a framework at the edge, a database or a wire. */
export const INNER = [
  'errors',
  'shared',
  'ports',
  'options',
  'events',
  'issuer',
  'tokens',
  'transactions',
  'session',
  'login',
  'resource-server',
  'accounts',
  'maintenance',
  'doctor',
];
const EDGE = [
  'nest/request',
  'nest/decorators',
  'nest/passport',
  'nest/guards',
  'nest/hooks',
  'nest/filters',
  'nest/pages',
  'nest/controllers',
  'nest',
];
const ADAPTERS = ['auth0', 'persistence'];

/** What a layer of the edge may import: those below it, and the inside. */
const edgeUpTo = (layer: string): string[] => [...INNER, ...EDGE.slice(0, EDGE.indexOf(layer))];

/** Who may import whom in the library: a folder or root file, and what it may import besides itself. */
export const MAY_IMPORT: Record<string, readonly string[]> = {
  // The inside: what the library does, without a framework at the edge, a database or a wire.
  errors: [],
  shared: ['errors'],
  ports: [],
  options: ['errors', 'shared', 'ports'],
  events: ['errors', 'shared', 'ports', 'options'],
  issuer: ['errors', 'shared', 'ports', 'options'],
  tokens: ['errors', 'shared', 'ports', 'options', 'events'],
  transactions: ['errors', 'shared', 'ports', 'options'],
  session: ['errors', 'shared', 'ports', 'options', 'events', 'issuer', 'tokens', 'transactions'],
  login: ['errors', 'shared', 'ports', 'options', 'events', 'issuer', 'tokens', 'transactions', 'session'],
  'resource-server': ['errors', 'shared', 'ports', 'options', 'issuer', 'tokens', 'session'],
  accounts: ['errors', 'shared', 'ports', 'options', 'events', 'tokens', 'transactions', 'session', 'resource-server'],
  maintenance: ['errors', 'shared', 'ports', 'options', 'events'],
  doctor: ['errors', 'shared', 'ports', 'options', 'session', 'login', 'accounts'],
  // Adapters implement the ports of the inside, and know neither each other nor the edge.
  auth0: INNER,
  persistence: INNER,
  // The edge: Nest on one side, the services on the other, never an adapter. Its layers import downwards only.
  'nest/request': INNER,
  'nest/decorators': [...INNER, 'nest/request'],
  'nest/passport': [...INNER, 'nest/request'],
  'nest/guards': [...INNER, 'nest/request', 'nest/decorators', 'nest/passport'],
  'nest/hooks': [...INNER, 'nest/request'],
  'nest/filters': [...INNER, 'nest/request'],
  'nest/pages': [],
  'nest/controllers': edgeUpTo('nest/controllers'),
  nest: edgeUpTo('nest'),
  // A subpath each, for one library beside ours: an optional peer. They do not know one another, and nobody imports them.
  'integrations/ai': INNER,
  'integrations/auth0-ai': INNER,
  'integrations/opentelemetry': INNER,
  'integrations/terminus': edgeUpTo('nest'),
  'integrations/testing': edgeUpTo('nest'),
  'integrations/swagger': edgeUpTo('nest'),
  'integrations/websockets': [...INNER, 'nest/request', 'nest/decorators', 'nest/guards', 'nest/filters'],
  'integrations/langgraph': INNER,
  'integrations/mcp': [...INNER, 'nest/request', 'nest/guards'],
  // The module wires everything. Nobody imports index.ts: it is for those outside.
  'typeorm.ts': ['persistence'],
  'auth0-connect.module.ts': [...INNER, ...ADAPTERS, ...EDGE, 'typeorm.ts'],
  'index.ts': [...INNER, ...EDGE, 'auth0-connect.module.ts'],
  // The command line puts the parts together that the doctor needs, without an application.
  cli: [...INNER, 'persistence'],
  'cli.ts': [...INNER, 'auth0', 'nest/request', 'cli'],
};

/** Packages that belong to one place, and that place. A name ending in `*` stands for all that begin so. */
export const BELONGS_TO: Record<string, readonly string[]> = {
  typeorm: ['persistence', 'auth0-connect.module.ts', 'cli'],
  '@nestjs/typeorm': ['auth0-connect.module.ts', 'persistence'],
  'openid-client': ['auth0'],
  '@opentelemetry/*': ['integrations/opentelemetry'],
  passport: ['nest/passport'],
  '@nestjs/terminus': ['integrations/terminus'],
  '@nestjs/passport': ['nest/passport', 'nest/guards'],
  '@modelcontextprotocol/*': ['integrations/mcp'],
  ai: ['integrations/ai'],
  '@langchain/*': ['integrations/langgraph'],
  // Express and Fastify alike: the library knows neither.
  express: [],
  fastify: [],
  '@nestjs/platform-*': [],
  '@fastify/*': [],
  // The tenant is one peer of the library among others. Tests that need it live outside the library.
  'auth0-local-tenant': ['integrations/testing'],
  'nestjs-auth0-connect': [],
};

/** The folder, or the root file, that the table speaks of; the edge and the integrations are spoken of one by one. */
export function layerOf(file: string): string {
  const [folder = '', layer = '', ...rest] = relative(LIBRARY, file).split(sep);
  return ['nest', 'integrations'].includes(folder) && rest.length > 0 ? `${folder}/${layer}` : folder;
}

/** The same of the tenant: what it knows is at the bottom, the protocols are over it, the control over those. */
export const TENANT_MAY_IMPORT: Record<string, readonly string[]> = {
  'values.ts': [],
  'identifiers.ts': [],
  'options.ts': [],
  'defaults.ts': ['options.ts'],
  tls: ['identifiers.ts'],
  state: ['values.ts', 'identifiers.ts', 'options.ts'],
  http: ['values.ts', 'options.ts', 'state'],
  openid: ['values.ts', 'identifiers.ts', 'options.ts', 'state', 'http'],
  'token-vault': ['values.ts', 'identifiers.ts', 'options.ts', 'state', 'http', 'openid'],
  connect: ['values.ts', 'options.ts', 'state', 'http', 'token-vault'],
  'my-account': ['values.ts', 'identifiers.ts', 'options.ts', 'state', 'http', 'openid', 'token-vault'],
  upstream: ['values.ts', 'identifiers.ts', 'options.ts', 'state', 'http', 'token-vault'],
  configuration: ['values.ts', 'options.ts', 'defaults.ts', 'state', 'openid'],
  control: [
    'values.ts',
    'identifiers.ts',
    'options.ts',
    'state',
    'http',
    'openid',
    'token-vault',
    'my-account',
    'configuration',
  ],
  // These put the parts together. Nobody imports index.ts or cli.ts: they are for those outside.
  'issuers.ts': [
    'options.ts',
    'state',
    'http',
    'openid',
    'token-vault',
    'connect',
    'my-account',
    'upstream',
    'control',
  ],
  'local-tenant.ts': ['options.ts', 'tls', 'state', 'http', 'configuration', 'control', 'issuers.ts'],
  'index.ts': ['options.ts', 'defaults.ts', 'tls', 'state', 'openid', 'configuration', 'control', 'local-tenant.ts'],
  cli: ['values.ts', 'options.ts', 'defaults.ts', 'tls', 'http', 'configuration', 'local-tenant.ts'],
  'cli.ts': ['tls', 'configuration', 'local-tenant.ts', 'cli'],
};

/** The folder or the root file of the tenant that its table speaks of. */
export function tenantRoomOf(file: string): string {
  return relative(TENANT, file).split(sep)[0] ?? '';
}
