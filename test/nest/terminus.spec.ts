import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { Auth0ConnectHealthIndicator } from 'nestjs-auth0-connect/terminus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { TestApp } from '../support/test-app.js';

@Controller('health')
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(Auth0ConnectHealthIndicator) private readonly auth0: Auth0ConnectHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.auth0.tables()]);
  }

  @Get('auth0')
  @HealthCheck()
  domain(): Promise<HealthCheckResult> {
    return this.health.check([() => this.auth0.domain()]);
  }
}

/** One that has not asked the domain yet. */
const ANOTHER = 'another indicator';

describe('the health indicator', () => {
  let test: TestApp;
  let asked = 0;
  let isAway = false;
  const ask = async (path: string): Promise<[number, Record<string, unknown>]> => {
    const answer = await new Person().request(test.at(`/health/${path}`));
    return [answer.status, answer.json<{ details: Record<string, unknown> }>().details];
  };

  beforeAll(async () => {
    test = await TestApp.start('Fastify', {
      imports: [TerminusModule.forRoot({ logger: false })],
      providers: [Auth0ConnectHealthIndicator, { provide: ANOTHER, useClass: Auth0ConnectHealthIndicator }],
      controllers: [HealthController],
      options: {
        fetch: (input, init) => {
          asked += 1;
          return isAway ? Promise.reject(new Error('with details of the network')) : fetch(input, init);
        },
      },
    });
  });
  afterAll(() => test.stop());

  it('is up while the tables can be read, and does not ask Auth0 about it', async () => {
    const before = asked;
    expect(await ask('ready')).toEqual([200, { 'auth0-connect': { status: 'up' } }]);
    expect(asked).toBe(before);
  });

  it('asks the domain once for many probes', async () => {
    const before = asked;
    const answers = await Promise.all([ask('auth0'), ask('auth0'), ask('auth0')]);
    expect(answers).toEqual(answers.map(() => [200, { auth0: { status: 'up' } }]));
    expect(asked).toBe(before + 1);
  });

  it('is down with a code and nothing of the failure when the tables are not there', async () => {
    await test.database.query('ALTER TABLE auth0_connect_sessions RENAME TO elsewhere');
    expect(await ask('ready')).toEqual([
      503,
      { 'auth0-connect': { status: 'down', code: expect.stringMatching(/^storage_/) } },
    ]);
    await test.database.query('ALTER TABLE elsewhere RENAME TO auth0_connect_sessions');
    expect(await ask('ready')).toEqual([200, { 'auth0-connect': { status: 'up' } }]);
  });

  it('names the domain that does not answer', async () => {
    isAway = true;
    const another = test.app.get<Auth0ConnectHealthIndicator>(ANOTHER);
    expect(await another.domain({ key: 'tenant' })).toEqual({
      tenant: { status: 'down', message: `${test.tenant.domain} did not answer` },
    });
    isAway = false;
  });
});
