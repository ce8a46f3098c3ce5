import { Controller, Get, Module, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { AccessTokenGuard, SessionGuard, SessionOrAccessTokenGuard } from 'nestjs-auth0-connect';
import { expect, it } from 'vitest';

class GuardOfOnesOwn extends SessionGuard {}

it.each<[string, Type<CanActivate>, string]>([
  ['SessionGuard', SessionGuard, 'SessionGuard'],
  ['AccessTokenGuard', AccessTokenGuard, 'AccessTokenGuard'],
  ['SessionOrAccessTokenGuard', SessionOrAccessTokenGuard, 'SessionOrAccessTokenGuard'],
  ['a guard of the application that extends one', GuardOfOnesOwn, 'SessionGuard'],
])('%s, used without the module, is noticed at start, with what to import', async (_, guard, name) => {
  @Controller()
  @UseGuards(guard)
  class NotesController {
    @Get()
    notes(): string {
      return 'notes';
    }
  }
  @Module({ controllers: [NotesController] })
  class AppModule {}
  const starting = NestFactory.create({ module: AppModule, controllers: [NotesController] }, new ExpressAdapter(), {
    logger: false,
    abortOnError: false,
  }).then((app) => app.init());

  await expect(starting).rejects.toThrow(`${name} is used where Auth0ConnectModule is not imported`);
});
