import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { ServerSettings } from '../settings.js';
import { createNestApp, databaseOptions, type TokenAnswer } from './common.js';

@Controller()
class BareController {
  @Get('open')
  open(): { open: boolean } {
    return { open: true };
  }

  @Get('session')
  session(): { user: string } {
    return { user: 'auth0|alice' };
  }

  @Get('api')
  api(): { user: string } {
    return { user: 'auth0|alice' };
  }

  @Get('token')
  token(): TokenAnswer {
    return { user: 'auth0|alice', length: 40 };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

/** Nest with a data source that nobody uses: what an application has before it imports the library. */
export function createTypeOrmApp(settings: ServerSettings): Promise<INestApplication> {
  @Module({ imports: [TypeOrmModule.forRoot(databaseOptions(settings))], controllers: [BareController] })
  class BareTypeOrmModule {}
  return createNestApp(BareTypeOrmModule, settings);
}

/** Nest and nothing else. */
export function createBareApp(settings: ServerSettings): Promise<INestApplication> {
  return createNestApp(BareModule, settings);
}
