export const ADAPTERS = ['Express', 'Fastify'] as const;
export type Adapter = (typeof ADAPTERS)[number];

export const DATABASES = ['SQLite', 'PostgreSQL'] as const;
export type Database = (typeof DATABASES)[number];

/** What is compared: nothing but Nest, the least that can be done, the library, the library with its cache. */
export const SUBJECTS = ['bare', 'floor', 'library', 'cached'] as const;
/** Those of a caller's route: as above, and the floors of `api-floor.app.ts`. */
export const API_SUBJECTS = ['bare', 'api-floor', 'library'] as const;
/**
 * `typeorm` is Nest with an empty data source, to start up against; `piped` the library with a pipe behind each parameter;
 * `before` the library of an earlier checkout.
 */
export type Subject = (typeof SUBJECTS)[number] | (typeof API_SUBJECTS)[number] | 'typeorm' | 'piped' | 'before';

export const ROUTES = { open: '/open', session: '/session', token: '/token' } as const;
export type Route = keyof typeof ROUTES;

/** Those of a caller with an access token. */
export const API_ROUTES = { guard: '/api', token: '/api/token', tokens: '/api/tokens' } as const;

/** Everything that a server process needs to know. */
export interface ServerSettings {
  subject: Subject;
  adapter: Adapter;
  /** Undefined: SQLite in memory. */
  databaseUrl?: string;
  port: number;
  tenantDomain: string;
}

/** What callers of the API have their tokens for: one of the local tenant's. */
export const API_AUDIENCE = 'https://api.example.com';
/** The API's own client at Auth0, which exchanges callers' tokens. */
export const API_CLIENT = { clientId: 'bench-api', clientSecret: 'bench-api-secret' };
export const CLIENT = { clientId: 'bench-client', clientSecret: 'bench-client-secret' };
export const POSTGRES_URL = process.env.BENCH_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
