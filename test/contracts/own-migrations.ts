import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One migration of the application before the library's, and one after them. */
export const ownMigrations = [
  class BeforeTheLibrary1600000000000 implements MigrationInterface {
    name = 'BeforeTheLibrary1600000000000';
    up = (runner: QueryRunner): Promise<void> => runner.query('CREATE TABLE of_the_application (id integer)');
    down = (runner: QueryRunner): Promise<void> => runner.query('DROP TABLE of_the_application');
  },
  class AfterTheLibrary2600000000000 implements MigrationInterface {
    name = 'AfterTheLibrary2600000000000';
    up = (runner: QueryRunner): Promise<void> => runner.query('INSERT INTO of_the_application VALUES (1)');
    down = (runner: QueryRunner): Promise<void> => runner.query('DELETE FROM of_the_application');
  },
];
