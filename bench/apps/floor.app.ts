import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  Controller,
  createParamDecorator,
  Get,
  Module,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import Sqlite from 'better-sqlite3';
import { Pool } from 'pg';
import type { ServerSettings } from '../settings.js';
import { createNestApp, type TokenAnswer } from './common.js';

interface FloorRow {
  user_id: string;
  expires_at: string | number;
  token: string;
  token_expires_at: string | number;
}

type Read = (id: string) => FloorRow | undefined | Promise<FloorRow | undefined>;

const KEY = randomBytes(32);
const COLUMNS = 'user_id, expires_at, token, token_expires_at';
const state: { read: Read } = { read: () => undefined };

interface FloorRequest {
  headers: { cookie?: string };
  row?: FloorRow;
}

class FloorGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FloorRequest>();
    request.row = await find(request);
    return true;
  }
}

const Row = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { row } = context.switchToHttp().getRequest<FloorRequest>();
  if (!row) throw new UnauthorizedException();
  return row;
});

/**
 * An opaque cookie, one prepared SELECT by the raw driver, AES-GCM, nothing else: the least that can be done by hand in
 * a Nest application, with a guard and a parameter decorator of one's own.
 */
@Controller()
class FloorController {
  @Get('open')
  open(): { open: boolean } {
    return { open: true };
  }

  @Get('session')
  @UseGuards(FloorGuard)
  session(@Row() row: FloorRow): { user: string } {
    return { user: row.user_id };
  }

  @Get('token')
  @UseGuards(FloorGuard)
  token(@Row() row: FloorRow): TokenAnswer {
    if (Number(row.token_expires_at) < Date.now()) throw new UnauthorizedException();
    return { user: row.user_id, length: open(row.token).length };
  }
}

@Module({ controllers: [FloorController] })
class FloorModule {}

export async function createFloorApp(
  settings: ServerSettings,
): Promise<{ app: INestApplication; cookie: string; close: () => Promise<void> }> {
  const cookie = randomBytes(32).toString('base64url');
  const row = [hash(cookie), 'auth0|alice', Date.now() + 86_400_000, seal('x'.repeat(40)), Date.now() + 3_600_000];
  const close = settings.databaseUrl === undefined ? useSqlite(row) : await usePostgres(settings.databaseUrl, row);
  return { app: await createNestApp(FloorModule, settings), cookie: `floor=${cookie}`, close };
}

async function find({ headers }: FloorRequest): Promise<FloorRow> {
  const cookie = /(?:^|; )floor=([\w-]{43})/.exec(headers.cookie ?? '')?.[1];
  const row = cookie && (await state.read(hash(cookie)));
  if (!row || Number(row.expires_at) < Date.now()) throw new UnauthorizedException();
  return row;
}

function useSqlite(row: unknown[]): () => Promise<void> {
  const database = new Sqlite(':memory:');
  database.exec(
    'CREATE TABLE floor (id TEXT PRIMARY KEY, user_id TEXT, expires_at BIGINT, token TEXT, token_expires_at BIGINT)',
  );
  database.prepare('INSERT INTO floor VALUES (?, ?, ?, ?, ?)').run(...row);
  const statement = database.prepare<[string], FloorRow>(`SELECT ${COLUMNS} FROM floor WHERE id = ?`);
  state.read = (id) => statement.get(id);
  return async () => void database.close();
}

async function usePostgres(url: string, row: unknown[]): Promise<() => Promise<void>> {
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query(
    'CREATE TABLE floor (id TEXT PRIMARY KEY, user_id TEXT, expires_at BIGINT, token TEXT, token_expires_at BIGINT)',
  );
  await pool.query('INSERT INTO floor VALUES ($1, $2, $3, $4, $5)', row);
  const text = `SELECT ${COLUMNS} FROM floor WHERE id = $1`;
  state.read = async (id) => (await pool.query<FloorRow>({ name: 'floor', text, values: [id] })).rows[0];
  return () => pool.end();
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function seal(plaintext: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', KEY, iv);
  return Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function open(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', KEY, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
}
