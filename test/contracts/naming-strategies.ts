import { DefaultNamingStrategy } from 'typeorm';

/** As typeorm-naming-strategies has it: names that are given stay, all others become snake case. */
export class SnakeCase extends DefaultNamingStrategy {
  override tableName(target: string, given: string | undefined): string {
    return given ?? snakeCase(target);
  }
  override columnName(property: string, given: string, prefixes: string[]): string {
    return snakeCase(prefixes.concat('').join('_')) + snakeCase(given ?? property);
  }
}

/** For a database whose administrator wants it so: names that are given change, too. */
export class UpperCase extends DefaultNamingStrategy {
  override tableName(target: string, given: string | undefined): string {
    return super.tableName(target, given).toUpperCase();
  }
  override columnName(property: string, given: string, prefixes: string[]): string {
    return super.columnName(property, given, prefixes).toUpperCase();
  }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`);
}
