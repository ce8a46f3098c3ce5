import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { DataSourceOptions } from 'typeorm';
import type { ServerSettings } from '../settings.js';

export function createNestApp(
  module: Parameters<typeof NestFactory.create>[0],
  { adapter }: ServerSettings,
): Promise<INestApplication> {
  const http = adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter();
  return NestFactory.create(module, http, { logger: ['error'] });
}

export function databaseOptions({ databaseUrl }: ServerSettings): DataSourceOptions {
  return databaseUrl === undefined
    ? { type: 'better-sqlite3', database: ':memory:' }
    : { type: 'postgres', url: databaseUrl, poolSize: 10 };
}

/** What every subject answers with, so that the answers cost the same. */
export interface TokenAnswer {
  user: string;
  length: number;
}
