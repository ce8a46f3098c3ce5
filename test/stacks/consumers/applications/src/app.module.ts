import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Auth0ConnectModule } from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import pg from 'pg';
import { RepositoriesController } from './repositories.controller.js';
import { Upstream } from './upstream.js';

const {
  DATABASE_URL = '',
  APP_BASE_URL = '',
  AUTH0_DOMAIN = '',
  AUTH0_CLIENT_ID = '',
  AUTH0_CLIENT_SECRET = '',
} = process.env;

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: DATABASE_URL,
      // TypeORM 1 looks for drivers by name when it runs, where no bundler sees it.
      driver: pg,
      entities: [...AUTH0_CONNECT_ENTITIES],
      migrations: [...AUTH0_CONNECT_MIGRATIONS],
      migrationsRun: true,
      retryAttempts: 1,
    }),
    Auth0ConnectModule.forRoot({
      domain: AUTH0_DOMAIN,
      clientId: AUTH0_CLIENT_ID,
      clientSecret: AUTH0_CLIENT_SECRET,
      secret: 'at least 32 characters that are of no use',
      appBaseUrl: APP_BASE_URL,
      authorizationParams: { audience: 'https://api.example.com', scope: 'openid profile email offline_access' },
      allowInsecureHttp: true,
    }),
  ],
  controllers: [RepositoriesController],
  providers: [Upstream],
})
export class AppModule {}
