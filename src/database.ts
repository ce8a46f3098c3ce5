import type { DataSourceOptions } from 'typeorm';

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
