import { Controller, Get, Header, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { CurrentSession } from '../decorators/current-session.decorator.js';
import { SessionGuard } from '../guards/session.guard.js';
import { Auth0Instance } from '../request/instances.js';
import type { LoginSession } from '../../session/login-session.js';
import type { UserClaims } from '../../session/user-claims.js';

/** `GET profile`: the user's claims as JSON. */
export function createProfileController(path: string, instance: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @Auth0Instance(instance)
  @UseGuards(SessionGuard)
  class ProfileController {
    @Get()
    @Header('Cache-Control', 'private, no-store')
    profile(@CurrentSession() session: LoginSession): UserClaims {
      return session.user;
    }
  }
  return ProfileController;
}
