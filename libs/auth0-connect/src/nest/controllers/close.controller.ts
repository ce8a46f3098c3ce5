import { Controller, Get, Inject, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import { CLOSING_PAGE_POLICY, PAGE_POLICY, renderPage } from '../pages/page.js';
import { Answers } from '../request/answers.service.js';
import { tellsOfFailure } from '../request/failure-parameters.js';
import type { HttpRequest } from '../request/http-request.js';

const DONE = { title: 'Done', text: 'You can close this window.', closes: true };
const FAILED = { title: 'Not connected', text: 'The account was not connected. You can close this window.' };

/** `GET close`: a page that closes the pop-up it is in. One that is told of a failure stays open, for the person to see. */
export function createCloseController(path: string, _instance: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class CloseController {
    constructor(@Inject(Answers) private readonly answers: Answers) {}

    @Get()
    close(@Req() request: HttpRequest, @Res() response: unknown): void {
      if (tellsOfFailure(request.originalUrl)) this.answers.page(response, renderPage(FAILED), PAGE_POLICY);
      else this.answers.page(response, renderPage(DONE), CLOSING_PAGE_POLICY);
    }
  }
  return CloseController;
}
