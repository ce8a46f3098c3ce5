import * as openid from 'openid-client';
import type { ProbedGrant, TenantProbe } from '../doctor/ports.js';
import { Auth0Error } from '../errors/index.js';
import { METADATA_PATH } from '../issuer/issuer.js';
import type { Clock } from '../ports/clock.js';
import type { Auth0Http } from './auth0-http.js';
import type { OpenIdClient } from './openid.client.js';
import { FEDERATED_CONNECTION_ACCESS_TOKEN, TOKEN_VAULT_GRANT } from './token-vault.client.js';

const NOTHING = 'nothing';
/** What each grant needs, and none of it good for anything. */
const REQUESTS: Record<ProbedGrant, readonly [string, Record<string, string>]> = {
  authorization_code: ['authorization_code', { code: NOTHING, code_verifier: NOTHING.repeat(10) }],
  refresh_token: ['refresh_token', { refresh_token: NOTHING }],
  token_vault: [
    TOKEN_VAULT_GRANT,
    {
      subject_token: NOTHING,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: FEDERATED_CONNECTION_ACCESS_TOKEN,
      connection: NOTHING,
    },
  ],
};

/** Asks Auth0 by requests that it refuses, and by those that a browser would make. */
export class Auth0TenantProbe implements TenantProbe {
  constructor(
    private readonly http: Auth0Http,
    private readonly clients: { login: OpenIdClient; api?: OpenIdClient },
    private readonly clock: Clock,
  ) {}

  async clockLag(issuerOrigin: string): Promise<number> {
    await this.clients.login.get(issuerOrigin); // refuses what is not this issuer's
    const { headers } = await this.http.fetch('discovery', `${issuerOrigin}${METADATA_PATH}`, {});
    const theirs = Date.parse(headers.get('date') ?? '');
    return Number.isNaN(theirs) ? 0 : theirs - this.clock.now();
  }

  async refusalOf(issuerOrigin: string, client: 'login' | 'api', grant: ProbedGrant): Promise<string> {
    const [grantType, parameters] = REQUESTS[grant];
    try {
      await (this.clients[client] ?? this.clients.login).call(issuerOrigin, 'doctor', (configuration) =>
        openid.genericGrantRequest(configuration, grantType, parameters),
      );
      return 'none';
    } catch (error) {
      if (error instanceof Auth0Error && error.auth0Error !== undefined) return error.auth0Error;
      throw error;
    }
  }

  async leadsTo(url: string): Promise<URL | undefined> {
    const { status, headers } = await this.http.fetch('doctor', url, { headers: { accept: 'text/html' } });
    const location = headers.get('location');
    if (status < 300 || location === null || !URL.canParse(location, url)) return undefined;
    const led = new URL(location, url);
    // A page of its own that it redirects to is one of its own all the same.
    return led.origin === new URL(url).origin ? undefined : led;
  }
}
