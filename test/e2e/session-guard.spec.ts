import { Controller, Get, Injectable, Req, UseGuards, type ExecutionContext } from '@nestjs/common';
import { SessionGuard } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

/** As an application writes its own over one of passport's: strangers are let in, and users are who it says. */
@Injectable()
class HospitableGuard extends SessionGuard {
  override handleRequest<User>(error: unknown, user: User | false, _info: unknown, context: ExecutionContext): User {
    if (error) throw error;
    const name = user ? (user as { name?: string }).name : 'stranger';
    return { name, at: context.getHandler().name } as User;
  }
}

@Controller('door')
class DoorController {
  @Get()
  @UseGuards(HospitableGuard)
  open(@Req() request: { user: unknown }): unknown {
    return request.user;
  }
}

describe.each(adapters)("a guard of one's own over the session guard on %s", (adapter) => {
  let test: TestApp;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { controllers: [DoorController] });
  });
  afterAll(() => test?.stop());

  it('decides about somebody who is logged in', async () => {
    const alice = await test.logIn();
    expect((await alice.request(test.at('/door'))).json()).toEqual({ name: 'Alice Example', at: 'open' });
  });

  it('decides about a stranger', async () => {
    expect((await new Person().request(test.at('/door'))).json()).toEqual({ name: 'stranger', at: 'open' });
  });
});
