import { describe, expect, it } from 'vitest';
import { databaseOptions } from './database.js';

describe('the database', () => {
  it('is a SQLite file with a write-ahead log for a sqlite: path', () => {
    expect(databaseOptions('sqlite:data/app.sqlite')).toEqual({
      type: 'better-sqlite3',
      database: 'data/app.sqlite',
      enableWAL: true,
    });
  });

  it('takes an absolute SQLite path, with slashes before it or without', () => {
    expect(databaseOptions('sqlite:/tmp/app.sqlite')).toMatchObject({ database: '/tmp/app.sqlite' });
    expect(databaseOptions('sqlite:///tmp/app.sqlite')).toMatchObject({ database: '/tmp/app.sqlite' });
  });

  it('is in memory, and has no write-ahead log, for sqlite::memory:', () => {
    expect(databaseOptions('sqlite::memory:')).toMatchObject({ database: ':memory:', enableWAL: false });
  });

  it.each([
    ['postgres://app@127.0.0.1:5432/app', 'postgres'],
    ['postgresql://app@127.0.0.1:5432/app', 'postgres'],
    ['mysql://root@127.0.0.1:3306/app', 'mysql'],
    ['mariadb://root@127.0.0.1:3306/app', 'mariadb'],
  ])('is a server for %s', (url, type) => {
    expect(databaseOptions(url)).toEqual({ type, url });
  });

  it.each(['', 'sqlite:', 'data/app.sqlite', 'oracle://app@localhost/app', 'postgres:'])(
    'is refused for "%s"',
    (url) => {
      expect(() => databaseOptions(url)).toThrow('DATABASE_URL must be');
    },
  );

  it('is refused without repeating the URL, which may hold a password', () => {
    expect(() => databaseOptions('oracle://app:hunter2@localhost/app')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
    );
  });
});
