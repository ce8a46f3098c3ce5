import 'reflect-metadata';
import { Controller, Get, Inject, Module, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  Auth0ConnectModule,
  ConnectedToken,
  CurrentSession,
  LoginService,
  RetryAfterInterceptor,
  SessionGuard,
  type ApiAccessToken,
  type Auth0ConnectExtras,
  type Auth0ConnectOptions,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES } from 'nestjs-auth0-connect/typeorm';
import type { DataSourceOptions } from 'typeorm';

/** What the process is told, as JSON, since the options of a data source do not fit in a URL. */
const dataSource = read<DataSourceOptions>('DATA_SOURCE');
const options = read<Auth0ConnectOptions & Auth0ConnectExtras>('AUTH0_CONNECT');

@Controller()
@UseGuards(SessionGuard)
class TokensController {
  constructor(@Inject(LoginService) private readonly logins: LoginService) {}

  /** A token of a connected account, by Token Vault. */
  @Get('calendar')
  calendar(@ConnectedToken('google-oauth2') token: string): { token: string } {
    return { token };
  }

  /** A token for an API, by the session's refresh token. */
  @Get('tokens')
  @UseInterceptors(RetryAfterInterceptor)
  token(@CurrentSession() session: LoginSession, @Query('audience') audience: string): Promise<ApiAccessToken> {
    return this.logins.getAccessToken(session, { audience });
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({ ...dataSource, entities: [...AUTH0_CONNECT_ENTITIES] }),
    Auth0ConnectModule.forRoot(options),
  ],
  controllers: [TokensController],
})
class NodeModule {}

const adapter = process.env.HTTP_ADAPTER === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(NodeModule, adapter, {
  abortOnError: false,
  forceCloseConnections: true,
  logger: ['fatal', 'error', 'warn'],
});
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT), '127.0.0.1');
process.stdout.write(`The sample app is at ${process.env.APP_BASE_URL}\n`);

function read<T>(variable: string): T {
  return JSON.parse(process.env[variable] ?? '') as T;
}
