import {
  Body,
  Controller,
  Header,
  HttpCode,
  HttpException,
  Inject,
  Logger,
  Post,
  Req,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import { InvalidLogoutTokenError } from '../../errors/index.js';
import { LoginService } from '../../login/login.service.js';
import { readForm } from '../request/form.js';

/**
 * `POST backchannel-logout`: Auth0 sends a logout token, and the sessions it is about end. 200 when that is done, 400
 * for a token that will never do, 503 when it should be sent again.
 */
export function createBackchannelLogoutController(path: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class BackchannelLogoutController {
    private readonly logger = new Logger('Auth0Connect');

    constructor(@Inject(LoginService) private readonly logins: LoginService) {}

    @Post()
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async logout(@Body() body: unknown, @Req() request: unknown): Promise<void> {
      try {
        const form = body ?? (await readForm(request));
        await this.logins.handleBackchannelLogout(logoutTokenOf(form));
      } catch (error) {
        throw this.answerTo(error);
      }
    }

    private answerTo(error: unknown): HttpException {
      if (error instanceof InvalidLogoutTokenError) {
        const answer = { error: 'invalid_request', error_description: error.message };
        return new HttpException(answer, 400, { cause: error });
      }
      this.logger.error(`A logout by Auth0 failed: ${error instanceof Error ? error.message : 'unknown failure'}`);
      const answer = { error: 'temporarily_unavailable', error_description: 'The sessions could not be ended' };
      return new HttpException(answer, 503, { cause: error });
    }
  }
  return BackchannelLogoutController;
}

/** A body as Express and Fastify hand it over: nothing about it is certain. */
function logoutTokenOf(body: unknown): string {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  const { logout_token: token } = fields;
  if (typeof token !== 'string') throw new InvalidLogoutTokenError('there is none');
  return token;
}
