export const ADAPTERS = ['Express', 'Fastify'] as const;
export type Adapter = (typeof ADAPTERS)[number];

export const DATABASES = ['SQLite', 'PostgreSQL'] as const;
export type Database = (typeof DATABASES)[number];

/** What is compared: nothing but Nest, the least that can be done, the library, the library with its cache. */
export const SUBJECTS = ['bare', 'floor', 'library', 'cached'] as const;
/**
 * `typeorm` is Nest with an empty data source, to start up against; `piped` the library with a pipe behind each parameter;
 * `before` the library of an earlier checkout.
 */
export type Subject = (typeof SUBJECTS)[number] | 'typeorm' | 'piped' | 'before';

export const ROUTES = { open: '/open', session: '/session', token: '/token' } as const;
export type Route = keyof typeof ROUTES;

/** Everything that a server process needs to know. */
export interface ServerSettings {
  subject: Subject;
  adapter: Adapter;
  /** Undefined: SQLite in memory. */
  databaseUrl?: string;
  port: number;
  tenantDomain: string;
}

export const CLIENT = { clientId: 'bench-client', clientSecret: 'bench-client-secret' };
export const POSTGRES_URL = process.env.BENCH_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
