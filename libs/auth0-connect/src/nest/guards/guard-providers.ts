import type { CanActivate, Provider, Type } from '@nestjs/common';
import { AccessTokenGuard } from './access-token.guard.js';
import { SessionOrAccessTokenGuard } from './session-or-access-token.guard.js';
import { SessionGuard } from './session.guard.js';

/**
 * Those that an application may make global, each with a token besides its class: a builder of `@nestjs/testing` replaces by one
 * token either what stands at handlers or what is provided, and `withLogin` has to replace both.
 */
export const OUR_GUARDS: ReadonlyMap<Type<CanActivate>, symbol> = new Map<Type<CanActivate>, symbol>([
  [SessionGuard, Symbol('auth0-connect:session-guard')],
  [AccessTokenGuard, Symbol('auth0-connect:access-token-guard')],
  [SessionOrAccessTokenGuard, Symbol('auth0-connect:session-or-access-token-guard')],
]);

export const guardProviders: Provider[] = [...OUR_GUARDS].flatMap(([guard, token]) => [
  { provide: token, useClass: guard },
  { provide: guard, useExisting: token },
]);
