import { Controller, Inject, Param, Post, Redirect, UseGuards } from '@nestjs/common';
import { CurrentSession, SessionGuard, SessionService, type LoginSession } from 'nestjs-auth0-connect';

/** Ends logins of the person, from the list on the accounts page. */
@Controller('sessions')
@UseGuards(SessionGuard)
export class SessionsController {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  /** All of them, this one too. */
  @Post('end-all')
  @Redirect('/?done=logged_out_everywhere', 303)
  async endAll(@CurrentSession() session: LoginSession): Promise<void> {
    await this.sessions.endAllSessions(session.userId);
  }

  @Post(':id/end')
  @Redirect('/accounts?done=session_ended', 303)
  async end(@CurrentSession() session: LoginSession, @Param('id') id: string): Promise<void> {
    const own = await this.sessions.listSessions(session.userId);
    if (own.some((one) => one.id === id)) await this.sessions.endSession(id);
  }
}
