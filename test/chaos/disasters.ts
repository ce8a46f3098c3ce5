import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { PostgresPair } from '../clusters/engines/postgres-pair.js';
import type { AppNodes } from '../clusters/support/app-nodes.js';
import type { Crowd } from '../clusters/support/crowd.js';
import type { Random } from '../clusters/support/random.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface Scene {
  pair: PostgresPair;
  app: AppNodes;
  crowd: Crowd;
  random: Random;
  dataSource: DataSourceOptions;
}

/** What PostgreSQL says where a table cannot grow: a disk of its own that is full would take the log along, and the server. */
const FULL_DISK = `
  CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
  DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'auth0_connect_%' LOOP
      EXECUTE format('CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION no_room()', one);
    END LOOP;
  END $$`;
const ROOM_AGAIN = 'DROP FUNCTION no_room CASCADE';

async function execute({ url }: { url?: string }, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** What goes wrong, and is over when it returns. @returns what it was, for people */
export type Disaster = (scene: Scene) => Promise<string>;

export const DISASTERS: Record<string, Disaster> = {
  'the database restarts': async ({ pair, random }) => {
    const ms = random.between(0, 4000);
    await pair.primary.stop();
    await pause(ms);
    await pair.primary.start();
    return `in order, away for ${ms} ms`;
  },

  'the database is killed': async ({ pair, random }) => {
    const ms = random.between(0, 4000);
    await pair.primary.kill();
    await pause(ms);
    await pair.primary.start();
    return `away for ${ms} ms`;
  },

  'the database ends all connections': async ({ pair, random }) => {
    const times = random.between(1, 6);
    for (let count = 0; count < times; count += 1) {
      await pair.primary.terminateConnections();
      await pause(random.between(0, 100));
    }
    return `${times} times`;
  },

  'the standby takes over': async ({ pair, random }) => {
    const suddenly = random.next() < 0.5;
    const ms = random.between(0, 6000);
    await pair.goDown({ suddenly });
    await pause(ms);
    await pair.takeOver();
    await pause(random.between(0, 1000));
    await pair.addStandby();
    return `the primary ${suddenly ? 'was killed' : 'went down in order'} ${ms} ms before`;
  },

  'the database freezes': async ({ pair, random }) => {
    const ms = random.between(500, 8000);
    pair.primary.freeze();
    await pause(ms);
    pair.primary.thaw();
    return `for ${ms} ms`;
  },

  'the standby freezes, and every commit waits for it': async ({ pair, random }) => {
    const ms = random.between(500, 8000);
    pair.standby?.freeze();
    await pause(ms);
    pair.standby?.thaw();
    return `for ${ms} ms`;
  },

  'the database takes no writes': async ({ pair, random }) => {
    const ms = random.between(500, 4000);
    await pair.primary.configure('default_transaction_read_only', 'on');
    await pause(ms);
    await pair.primary.configure('default_transaction_read_only', 'off');
    return `for ${ms} ms`;
  },

  'the database says that its disk is full': async ({ pair, dataSource, random }) => {
    const ms = random.between(500, 4000);
    await execute(dataSource as { url?: string }, FULL_DISK);
    await pause(ms);
    await execute(dataSource as { url?: string }, ROOM_AGAIN);
    return `for ${ms} ms, of ${pair.primary.name}`;
  },

  'Auth0 is cut off': async ({ app, random }) => {
    const ms = random.between(500, 4000);
    await app.auth0Proxy?.cut();
    await pause(ms);
    app.auth0Proxy?.restore();
    return `for ${ms} ms`;
  },

  'Auth0 says nothing': async ({ app, random }) => {
    const ms = random.between(500, 8000);
    app.auth0Proxy?.silence();
    await pause(ms);
    app.auth0Proxy?.restore();
    return `for ${ms} ms`;
  },

  'Auth0 is slow': async ({ app, random }) => {
    const ms = random.between(100, 1500);
    app.auth0Proxy?.delay(ms);
    await pause(4000);
    app.auth0Proxy?.restore();
    return `by ${ms} ms each way`;
  },

  'Auth0 asks for patience': async ({ app, random }) => {
    const limit = random.between(0, 3);
    for (const kind of ['refresh', 'exchange'] as const) {
      app.control.rateLimit(kind, { limit, windowMs: 1000, retryAfterSeconds: 1 });
    }
    await pause(3000);
    for (const kind of ['refresh', 'exchange'] as const) app.control.rateLimit(kind, undefined);
    return `after ${limit} calls a second`;
  },

  'a process is killed': async ({ app, crowd, random, dataSource }) => {
    const index = random.between(0, app.nodes.length - 1);
    crowd.expectDeathOf(app.nodes[index]!);
    await app.replace(index, dataSource, { orderly: false });
    return `number ${index}, and another one takes its place`;
  },

  'a process is stopped in order': async ({ app, crowd, random, dataSource }) => {
    const index = random.between(0, app.nodes.length - 1);
    crowd.expectEndOf(app.nodes[index]!);
    await app.replace(index, dataSource, { orderly: true });
    return `number ${index}, and another one takes its place`;
  },

  'a clock is wrong, and its process is killed': async ({ app, crowd, random, dataSource }) => {
    const index = random.between(0, app.nodes.length - 1);
    const clockShiftMs = random.oneOf([-HOUR_MS, -1.5 * MINUTE_MS, 1.5 * MINUTE_MS, HOUR_MS]);
    crowd.expectEndOf(app.nodes[index]!);
    await app.replace(index, dataSource, { orderly: true, clockShiftMs });
    crowd.avoidLoginsAt(app.nodes[index]!);
    await pause(4000);
    crowd.expectDeathOf(app.nodes[index]!);
    await app.replace(index, dataSource, { orderly: false });
    return `number ${index}, by ${clockShiftMs / 1000} s`;
  },
};
