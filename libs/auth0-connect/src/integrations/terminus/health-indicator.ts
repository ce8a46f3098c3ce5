import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Auth0ConnectError } from '../../errors/index.js';
import { Auth0ConnectInstances, type Auth0ConnectInstance } from '../../nest/request/instances.js';
import { METADATA_PATH } from '../../issuer/issuer.js';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import { randomToken } from '../../shared/random.js';

/** Probes come every few seconds from every balancer: Auth0 is asked once in so long. */
const ASK_AGAIN_AFTER_MS = 10_000;
const LONGEST_WAIT_MS = 3_000;

/** Which module is looked at, and under what name the answer is told. */
export interface HealthCheckTarget {
  /** The key in Terminus' answer. Default `auth0-connect` for the tables, `auth0` for the domain. */
  key?: string;
  /** `name` of the module instance. Default: the unnamed one. */
  instance?: string;
}

/**
 * What a health endpoint asks, for Terminus. Provide it beside `TerminusModule`. Only the tables belong in a readiness probe:
 * while Auth0 is away, people who are logged in and tokens that are fresh go on.
 * @see https://docs.nestjs.com/recipes/terminus
 *
 * @example
 * @Get('ready')
 * @HealthCheck()
 * ready() {
 *   return this.health.check([() => this.auth0.tables()]);
 * }
 */
@Injectable()
export class Auth0ConnectHealthIndicator {
  private readonly asked = new Map<string, { readonly at: number; readonly failure: Promise<string | undefined> }>();

  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  /** Whether the sessions' table can be read: one statement, which finds nothing. Down with the error's code. */
  async tables({
    key = 'auth0-connect',
    instance = DEFAULT_INSTANCE,
  }: HealthCheckTarget = {}): Promise<HealthIndicatorResult> {
    const { sessions } = this.instances.named(instance);
    const answer = this.indicators.check(key);
    try {
      await sessions.findSession(randomToken());
      return answer.up();
    } catch (error) {
      return answer.down({ code: error instanceof Auth0ConnectError ? error.code : 'unknown' });
    }
  }

  /**
   * Whether the tenant's domain answers, by its discovery document; asked at most once in 10 seconds, for 3 seconds. For an
   * alert, not for readiness.
   */
  async domain({ key = 'auth0', instance = DEFAULT_INSTANCE }: HealthCheckTarget = {}): Promise<HealthIndicatorResult> {
    const known = this.asked.get(instance);
    const isKnown = known !== undefined && performance.now() - known.at < ASK_AGAIN_AFTER_MS;
    const asking = isKnown ? known : { at: performance.now(), failure: failureOf(this.instances.named(instance)) };
    this.asked.set(instance, asking);
    const failure = await asking.failure;
    const answer = this.indicators.check(key);
    return failure === undefined ? answer.up() : answer.down({ message: failure });
  }
}

/** What is wrong with the first domain; nothing that it has answered is repeated. */
async function failureOf({ options }: Auth0ConnectInstance): Promise<string | undefined> {
  const [origin] = options.issuerOrigins;
  const send = options.fetch ?? fetch;
  const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
  try {
    const response = await send(`${origin}${METADATA_PATH}`, { redirect: 'manual', signal });
    await response.body?.cancel();
    return response.ok ? undefined : `${origin} answered ${response.status}`;
  } catch {
    return `${origin} did not answer`;
  }
}
