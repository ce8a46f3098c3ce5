import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import type { DataSourceOptions, MigrationInterface } from 'typeorm';
import { AccountName } from './account-book/account-name.entity.js';
import { ConnectionUse } from './account-book/connection-use.entity.js';
import { AccountsPage1796000000000 } from './migrations/1796000000000-accounts-page.js';

/** The library's tables and the app's own. */
export const ENTITIES: (new () => object)[] = [...AUTH0_CONNECT_ENTITIES, AccountName, ConnectionUse];
export const MIGRATIONS: (new () => MigrationInterface)[] = [...AUTH0_CONNECT_MIGRATIONS, AccountsPage1796000000000];

/**
 * TypeORM's options for a `DATABASE_URL`: `sqlite:data/app.sqlite` (its folder is made), `sqlite::memory:`,
 * `postgres://...`, `mysql://...` or `mariadb://...`.
 * @throws TypeError for anything else; the message does not repeat the URL, which may hold a password
 */
export function databaseOptions(databaseUrl: string): DataSourceOptions {
  const scheme = databaseUrl.slice(0, databaseUrl.indexOf(':'));
  switch (scheme) {
    case 'sqlite': {
      const path = databaseUrl.slice('sqlite:'.length).replace(/^\/\//, '');
      if (path !== '') return { type: 'better-sqlite3', database: path, enableWAL: path !== ':memory:' };
      break;
    }
    case 'postgres':
    case 'postgresql':
      if (isServer(databaseUrl)) return { type: 'postgres', url: databaseUrl };
      break;
    case 'mysql':
    case 'mariadb':
      if (isServer(databaseUrl)) return { type: scheme, url: databaseUrl };
      break;
  }
  throw new TypeError('DATABASE_URL must be sqlite:<path>, postgres://..., mysql://... or mariadb://...');
}

function isServer(databaseUrl: string): boolean {
  return databaseUrl.includes('://') && URL.canParse(databaseUrl);
}
