import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import {
  AccessTokenGuard,
  ApiCaller,
  CurrentSubject,
  RequirePermissions,
  RequireScopes,
  SessionGuard,
  SessionOrAccessTokenGuard,
} from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

@Controller('rights')
@UseGuards(AccessTokenGuard)
@RequirePermissions('read:events')
class RightsController {
  @Get()
  read(@CurrentSubject() caller: ApiCaller): readonly string[] {
    return caller.permissions;
  }

  @Post()
  @RequireScopes('write')
  @RequirePermissions.anyOf('write:events', 'admin')
  write(): string {
    return 'written';
  }
}

@Controller('either')
@UseGuards(SessionOrAccessTokenGuard)
class EitherController {
  @Get()
  @RequirePermissions('read:events')
  read(): string {
    return 'read';
  }
}

@Controller('unchecked')
@UseGuards(SessionGuard)
class UncheckedController {
  @Get()
  @RequirePermissions('read:events')
  read(): string {
    return 'read';
  }
}

describe.each(adapters)('permissions by roles on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await startApiApp(adapter, { controllers: [RightsController, EitherController] });
  });
  afterAll(() => test?.stop());

  const call = async (path: string, claims: Record<string, unknown>, method = 'GET'): Promise<Answer> =>
    new Person().request(test.at(path), { method, headers: bearer(await mintAccessToken(test, claims)) });

  const post = async (permissions: string[], scope: string): Promise<number> =>
    (await call('/rights', { permissions, scope }, 'POST')).status;

  it('let a caller in whose user has them, whatever the scopes', async () => {
    const answer = await call('/rights', { permissions: ['read:events', 'x'], scope: 'openid profile' });
    expect([answer.status, answer.json()]).toEqual([200, ['read:events', 'x']]);
  });

  it.each([
    ['none', undefined],
    ['others', ['read:event', 'READ:EVENTS', 'read:events ']],
    ['a text in place of a list', 'read:events'],
    ['a list of other things', [{ name: 'read:events' }, 7, null]],
  ])('keep out whose user has %s, though the application has a scope of the name', async (_what, permissions) => {
    const answer = await call('/rights', { permissions, scope: 'openid read:events' });
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ errorCode: 'insufficient_permissions', permissions: ['read:events'] });
    const challenge = answer.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer error="insufficient_scope", error_description="[^"]+"/);
    expect(challenge, 'no other token of the user would do').not.toContain('scope="');
  });

  it('of controller and handler both count, beside scopes', async () => {
    expect(await post(['read:events', 'admin'], 'write')).toBe(201);
    expect(await post(['read:events', 'write:events'], 'openid write')).toBe(201);
    expect(await post(['admin'], 'write')).toBe(403);
    expect(await post(['read:events'], 'write')).toBe(403);
    expect(await post(['read:events', 'admin'], 'openid')).toBe(403);
  });

  it('are asked of a caller, and not of a person', async () => {
    const alice = await test.logIn();
    expect((await alice.request(test.at('/either'))).status).toBe(200);
    expect((await call('/either', { permissions: [] })).status).toBe(403);
    expect((await call('/either', { permissions: ['read:events'] })).status).toBe(200);
  });

  it('that nothing looks at are named at start-up', async () => {
    await expect(startApiApp(adapter, { controllers: [UncheckedController] })).rejects.toMatchObject({
      code: 'invalid_configuration',
      problems: [expect.stringContaining('UncheckedController.read has @RequirePermissions, which nothing looks at')],
    });
  });

  it('have names', () => {
    expect(() => RequirePermissions.anyOf(...([] as unknown as [string]))).toThrow(TypeError);
    expect(() => RequirePermissions('read events')).toThrow('RequirePermissions needs at least one name');
  });
});
