import type {
  EntityManager,
  EntityTarget,
  FindManyOptions,
  FindOneOptions,
  FindOptionsWhere,
  ObjectLiteral,
  QueryDeepPartialEntity,
} from 'typeorm';
import type { Database } from './database.js';

/**
 * The rows of one entity, as a repository has them: see {@link Database} for what differs. No criteria are a list, which
 * some versions of TypeORM read as a list of ids, whatever else is in it.
 */
export class Rows<Entity extends ObjectLiteral> {
  constructor(
    private readonly database: Database,
    readonly entity: EntityTarget<Entity>,
  ) {}

  find(options: FindManyOptions<Entity>): Promise<Entity[]> {
    return this.run((manager) => manager.find(this.entity, { ...options, cache: false }));
  }

  findOne(options: FindOneOptions<Entity>): Promise<Entity | null> {
    return this.run((manager) => manager.findOne(this.entity, { ...options, cache: false }));
  }

  count(where: FindOptionsWhere<Entity>): Promise<number> {
    return this.run((manager) => manager.count(this.entity, { where, cache: false }));
  }

  async exists(where: FindOptionsWhere<Entity>): Promise<boolean> {
    return (await this.count(where)) > 0;
  }

  async insert(row: QueryDeepPartialEntity<Entity>): Promise<void> {
    await this.run((manager) => manager.insert(this.entity, row));
  }

  /** Leaves the row that is there under the same key. */
  async insertOrIgnore(row: QueryDeepPartialEntity<Entity>): Promise<void> {
    await this.run((manager) =>
      manager.createQueryBuilder().insert().into(this.entity).values(row).orIgnore().updateEntity(false).execute(),
    );
  }

  /** @returns how many rows were changed */
  async update(where: FindOptionsWhere<Entity>, changes: QueryDeepPartialEntity<Entity>): Promise<number> {
    const { affected } = await this.run((manager) => manager.update(this.entity, where, changes));
    return affected ?? 0;
  }

  /** @returns how many rows have gone */
  async delete(where: FindOptionsWhere<Entity>): Promise<number> {
    const { affected } = await this.run((manager) => manager.delete(this.entity, where));
    return affected ?? 0;
  }

  private run<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.database.run(work);
  }
}
