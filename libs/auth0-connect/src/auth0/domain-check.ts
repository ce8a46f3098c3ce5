import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Auth0UnavailableError, InvalidAuth0ResponseError, type Auth0Error } from '../errors/index.js';
import { METADATA_PATH } from '../issuer/issuer.js';
import type { Clock } from '../ports/clock.js';
import type { Auth0Http } from './auth0-http.js';
import { OperatorWarnings } from './operator-warnings.js';

/**
 * Warns at start-up of a domain that does not answer, or has no tenant: a mistyped one would otherwise be known when the
 * first person logs in. Nothing waits for it: the application starts, however Auth0 is.
 */
export class DomainCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopped = new AbortController();

  constructor(
    private readonly http: Auth0Http,
    private readonly issuerOrigins: readonly string[],
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    void this.check();
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  private async check(): Promise<void> {
    for (const issuerOrigin of this.issuerOrigins) {
      const problem = await this.problemOf(issuerOrigin);
      if (this.stopped.signal.aborted) return;
      // Each with a memory of its own: this line stands for no other domain's, and for no login's that fails within the minute.
      if (problem) new OperatorWarnings(this.clock).about(problem, issuerOrigin);
    }
  }

  private async problemOf(issuerOrigin: string): Promise<Auth0Error | undefined> {
    try {
      const metadata = `${issuerOrigin}${METADATA_PATH}`;
      // Whether it is there is all that is asked: whoever logs in first reads it.
      const { status } = await this.http.fetch('discovery', metadata, { method: 'HEAD', signal: this.stopped.signal });
      const isThere = status < 300 || status === 405;
      return isThere ? undefined : new InvalidAuth0ResponseError('discovery', `its status is ${status}`);
    } catch (error) {
      return error instanceof Auth0UnavailableError ? error : undefined; // one that asks for patience is there
    }
  }
}
