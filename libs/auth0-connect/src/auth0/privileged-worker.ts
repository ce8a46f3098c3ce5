import { SignJWT } from 'jose';
import type { ResolvedWorker } from '../options/worker-options.js';
import type { Clock } from '../ports/clock.js';
import { issuerOf } from '../issuer/issuer.js';
import { randomToken } from '../shared/random.js';
import type { OpenIdClient } from './openid.client.js';
import type { Patience } from './rate-limit.js';

const TYPE = 'token-vault-req+jwt';

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
    /** Of the worker's client. It does not repeat a request by itself. */
    readonly client: OpenIdClient,
    private readonly patience: Patience,
    private readonly clock: Clock,
  ) {}

  /** Makes the exchange with a new request each time, also where Auth0 wants us to try later. */
  ask<T>(request: WorkerRequest, exchange: (subjectToken: string) => Promise<T>): Promise<T> {
    return this.patience.with('exchange', async () => exchange(await this.sign(request)), { isRepeatable: true });
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
