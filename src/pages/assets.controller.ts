import { Controller, Get, Header } from '@nestjs/common';
import { Public } from 'nestjs-auth0-connect';
import { AGENDA_SCRIPT_TEXT, AGENT_SCRIPT_TEXT, FAVICON_TEXT, PAGE_SCRIPT_TEXT, STYLESHEET_TEXT } from './assets.js';

@Public()
@Controller()
export class AssetsController {
  @Get('app.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', 'public, max-age=31536000, immutable')
  stylesheet(): string {
    return STYLESHEET_TEXT;
  }

  @Get('agenda.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'public, max-age=31536000, immutable')
  agendaScript(): string {
    return AGENDA_SCRIPT_TEXT;
  }

  @Get('agent.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'public, max-age=31536000, immutable')
  agentScript(): string {
    return AGENT_SCRIPT_TEXT;
  }

  @Get('page.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'public, max-age=31536000, immutable')
  pageScript(): string {
    return PAGE_SCRIPT_TEXT;
  }

  @Get('favicon.svg')
  @Header('Content-Type', 'image/svg+xml')
  @Header('Cache-Control', 'public, max-age=86400')
  favicon(): string {
    return FAVICON_TEXT;
  }
}
