import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CurrentUser, Public, type UserClaims } from 'nestjs-auth0-connect';
import { PageRenderer } from './page-renderer.js';
import { Page } from './page.decorator.js';

@Controller()
export class HomeController {
  constructor(@Inject(PageRenderer) private readonly pages: PageRenderer) {}

  @Public()
  @Get()
  @Page()
  home(@CurrentUser() user: UserClaims | null, @Query() query: unknown): string {
    return this.pages.render('home', { user, query });
  }
}
