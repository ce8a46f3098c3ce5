import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { modelMessageSchema, type ModelMessage } from 'ai';
import {
  ConnectedAccountsService,
  CurrentSession,
  SessionGuard,
  type ConnectLinkStatus,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { AGENT_SCRIPT_URL } from '../pages/assets.js';
import { Page } from '../pages/page.decorator.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { fieldsOf } from '../providers/untrusted.js';
import { AgentService, type Turn } from './agent.service.js';

const MOST_MESSAGES = 200;

/** A conversation with an agent that acts for the person of the session. The page keeps the conversation. */
@Controller('agent')
@UseGuards(SessionGuard)
export class AgentController {
  constructor(
    @Inject(AgentService) private readonly agent: AgentService,
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
  ) {}

  @Get()
  @Page()
  page(@CurrentSession() session: LoginSession, @Query() query: unknown): string {
    return this.pages.render('agent', { user: session.user, query, script: AGENT_SCRIPT_URL });
  }

  /** The next turn. What is in the messages gives nobody anything: each tool asks for the token of this session. */
  @Post('turns')
  @HttpCode(200)
  @Header('Cache-Control', 'private, no-store')
  turn(@CurrentSession() session: LoginSession, @Body() body: unknown): Promise<Turn> {
    return this.agent.goOn(session, messagesOf(body));
  }

  /** How far the link is that the person has opened. */
  @Get('links/:id')
  @Header('Cache-Control', 'private, no-store')
  link(@CurrentSession() session: LoginSession, @Param('id') id: string): Promise<ConnectLinkStatus> {
    return this.accounts.connectLinkStatus(session, id);
  }
}

/** @throws BadRequestException for what is no conversation, or one with instructions in it */
function messagesOf(body: unknown): ModelMessage[] {
  const { success, data } = modelMessageSchema.array().min(1).max(MOST_MESSAGES).safeParse(fieldsOf(body).messages);
  if (!success || data.some(({ role }) => role === 'system'))
    throw new BadRequestException('messages are no conversation');
  return data;
}
