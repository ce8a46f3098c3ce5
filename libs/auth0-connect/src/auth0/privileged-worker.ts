import { SignJWT } from 'jose';
import { RateLimitedError } from '../errors/index.js';
import type { ResolvedWorker } from '../options/worker-options.js';
import type { Clock } from '../ports/clock.js';
import { issuerOf } from '../issuer/issuer.js';
import { randomToken } from '../shared/random.js';
import { systemWait, type Wait } from '../ports/wait.js';
import type { OpenIdClient } from './openid.client.js';

const TYPE = 'token-vault-req+jwt';
const LONGEST_WAIT_SECONDS = 5;

/** For whom a worker asks. */
export interface WorkerRequest {
  readonly issuerOrigin: string;
  readonly userId: string;
  readonly orgId?: string;
}

/**
 * The privileged worker: asks Token Vault for a user's token by a request it signs itself.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/privileged-worker-token-exchange
 */
export class PrivilegedWorker {
  constructor(
    private readonly worker: ResolvedWorker,
    /** Of the worker's client. Its HTTP does not repeat a request by itself. */
    readonly configuration: OpenIdClient,
    private readonly timeoutMs: number,
    private readonly clock: Clock,
    private readonly wait: Wait = systemWait,
  ) {}

  /** Makes the exchange with a new request, and with another one when Auth0 wants us to try later. */
  async ask<T>(request: WorkerRequest, exchange: (subjectToken: string) => Promise<T>): Promise<T> {
    const deadline = this.clock.now() + this.timeoutMs;
    for (;;) {
      try {
        return await exchange(await this.sign(request));
      } catch (error) {
        if (!(error instanceof RateLimitedError) || !this.mayWait(error, deadline)) throw error;
        await this.wait(error.retryAfterSeconds * 1000);
      }
    }
  }

  private mayWait({ retryAfterSeconds }: RateLimitedError, deadline: number): boolean {
    return retryAfterSeconds <= LONGEST_WAIT_SECONDS && this.clock.now() + retryAfterSeconds * 1000 < deadline;
  }

  /** Good for one use within a minute. */
  private sign({ issuerOrigin, userId, orgId }: WorkerRequest): Promise<string> {
    const { clientId, auditContext, signingKey } = this.worker;
    const claims = { audit_context: auditContext, ...(orgId !== undefined && { org_id: orgId }) };
    return new SignJWT(claims)
      .setProtectedHeader({
        alg: 'RS256',
        typ: TYPE,
        ...(signingKey.keyId !== undefined && { kid: signingKey.keyId }),
      })
      .setIssuer(clientId)
      .setSubject(userId)
      .setAudience(issuerOf(issuerOrigin))
      .setIssuedAt(Math.floor(this.clock.now() / 1000))
      .setJti(randomToken())
      .sign(signingKey.key);
  }
}
