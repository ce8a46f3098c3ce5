import { In } from 'typeorm';
import { needKeyOf, purgeTimeOf, type ConnectLinkState, type StoredConnectLink } from '../../accounts/connect-link.js';
import type { ConnectLinkStore } from '../../accounts/ports.js';
import type { SealedPlace } from '../../ports/token-cipher.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import { placeIn, TABLES } from '../tables.js';

/** Nothing of a row is believed but this, and how far it has come. */
interface SealedLink extends Pick<StoredConnectLink, 'token' | 'need' | 'createdAt' | 'expiresAt'> {
  readonly instanceKey: string;
}

const UNANSWERED: ConnectLinkState[] = ['pending', 'opened'];

export class TypeOrmConnectLinkStore implements ConnectLinkStore {
  private readonly links: Rows<ConnectLinkEntity>;

  constructor(
    database: Database,
    private readonly sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {
    this.links = new Rows(database, ConnectLinkEntity);
  }

  async insert(link: StoredConnectLink): Promise<void> {
    const { id, token, need, createdAt, expiresAt, state, failure } = link;
    const { instanceKey } = this;
    const sealed: SealedLink = { instanceKey, token, need, createdAt, expiresAt };
    await this.links.insert({
      id,
      instanceKey,
      userKey: need.userKey,
      needKey: needKeyOf(need),
      status: state,
      failure: failure ?? null,
      payload: await this.sealed.sealText(JSON.stringify(sealed), placeOf(id)),
      createdAt,
      purgeAt: purgeTimeOf(link),
    });
  }

  async find(id: string): Promise<StoredConnectLink | undefined> {
    const row = await this.links.findOne({ where: { id, instanceKey: this.instanceKey } });
    return row ? this.toLink(row) : undefined;
  }

  async findOpen(userKey: string, needKey: string): Promise<StoredConnectLink[]> {
    const rows = await this.links.find({
      where: { userKey, needKey, instanceKey: this.instanceKey, status: In(UNANSWERED) },
      order: { createdAt: 'DESC', id: 'ASC' },
    });
    const links = await Promise.all(rows.map((row) => this.toLink(row)));
    return links.filter((link) => link !== undefined && needKeyOf(link.need) === needKey) as StoredConnectLink[];
  }

  async move(id: string, from: readonly ConnectLinkState[], to: ConnectLinkState, failure?: string): Promise<boolean> {
    const where = { id, instanceKey: this.instanceKey, status: In([...from]) };
    return (await this.links.update(where, { status: to, failure: failure ?? null })) === 1;
  }

  async trim(userKey: string, keep: number): Promise<void> {
    const surplus = await this.links.find({
      select: { id: true },
      where: { userKey },
      order: { createdAt: 'DESC', id: 'ASC' },
      skip: keep,
      take: 100,
    });
    if (surplus.length > 0) await this.links.delete({ id: In(surplus.map(({ id }) => id)) });
  }

  /** Undefined for a row that was not written with our secret, or not for this id and instance. */
  private async toLink({ id, payload, status, failure }: ConnectLinkEntity): Promise<StoredConnectLink | undefined> {
    const json = await this.sealed.open(payload, placeOf(id));
    if (json === undefined) return undefined;
    const { instanceKey, token, need, createdAt, expiresAt } = JSON.parse(json) as SealedLink;
    if (instanceKey !== this.instanceKey) return undefined;
    return { id, token, need, createdAt, expiresAt, state: status, ...(failure !== null && { failure }) };
  }
}

function placeOf(id: string): SealedPlace {
  return placeIn(TABLES.links, 'payload', id);
}
