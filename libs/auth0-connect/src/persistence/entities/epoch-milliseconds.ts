import type { ColumnOptions } from 'typeorm';

/**
 * A point in time as milliseconds since the epoch: the same instant on every database, whatever its time zone or the
 * precision of its date types. PostgreSQL and MySQL hand a bigint over as text.
 */
export function epochMilliseconds(name: string, options: { nullable?: boolean } = {}): ColumnOptions {
  return {
    name,
    type: 'bigint',
    nullable: options.nullable ?? false,
    transformer: {
      to: (value: number | null | undefined) => value,
      from: (value: string | number | null) => (value === null ? null : Number(value)),
    },
  };
}
