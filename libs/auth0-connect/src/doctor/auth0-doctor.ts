import { Inject, Injectable, Optional } from '@nestjs/common';
import { Auth0Error, Auth0MisconfiguredError, Auth0RefusedError } from '../errors/index.js';
import { AUTHORIZATION_SERVER, type AuthorizationServer } from '../login/ports.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import { codeChallengeOf } from '../shared/pkce.js';
import { randomToken } from '../shared/random.js';
import { finding, type Finding, type FindingCode } from './findings.js';
import { TABLES_PROBE, TENANT_PROBE, type ProbedGrant, type TablesProbe, type TenantProbe } from './ports.js';

const GRANTS: readonly [FindingCode, ProbedGrant][] = [
  ['grant_authorization_code', 'authorization_code'],
  ['grant_refresh_token', 'refresh_token'],
  ['grant_token_vault', 'token_vault'],
];
const CREDENTIALS_REFUSED = new Set(['invalid_client', 'access_denied']);

/**
 * Tells how the application is set up at Auth0 and in the database, as far as its credentials alone can tell. Nothing is
 * changed; Auth0's log gets a few refused requests. `npx nestjs-auth0-connect doctor` does the same from outside.
 *
 * @example
 * const wrong = (await doctor.check()).filter(({ state }) => state === 'wrong');
 */
@Injectable()
export class Auth0Doctor {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(AUTHORIZATION_SERVER) private readonly authorizationServer: AuthorizationServer,
    @Inject(TENANT_PROBE) private readonly tenant: TenantProbe,
    @Optional() @Inject(TABLES_PROBE) private readonly tables?: TablesProbe,
  ) {}

  /** Looks at everything. What depends on something that is wrong is left out. Throws nothing. */
  async check(): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const domain of this.options.issuerOrigins) findings.push(...(await this.checkDomain(domain)));
    return [...findings, ...(await this.checkDatabase())];
  }

  private async checkDomain(domain: string): Promise<Finding[]> {
    const clock = await this.checkClock(domain);
    if (clock.some(({ code, state }) => code === 'domain' && state !== 'well')) return clock;
    const credentials = await this.checkCredentials(domain);
    if (credentials.some(({ code, state }) => code === 'client_credentials' && state === 'wrong')) {
      return [...clock, ...credentials];
    }
    const canLogIn = !credentials.some(({ code, state }) => code === 'grant_authorization_code' && state === 'wrong');
    return [
      ...clock,
      ...credentials,
      ...(await this.checkApiClient(domain)),
      ...(canLogIn ? await this.checkAddresses(domain) : []),
    ];
  }

  private async checkClock(domain: string): Promise<Finding[]> {
    try {
      const lagSeconds = Math.round((await this.tenant.clockLag(domain)) / 1000);
      const isRight = Math.abs(lagSeconds) <= LEEWAY_SECONDS;
      const clock = finding(
        'clock',
        domain,
        isRight ? 'well' : 'wrong',
        isRight ? undefined : `${lagSeconds} s behind`,
      );
      return [finding('domain', domain, 'well'), clock];
    } catch (error) {
      return [finding('domain', domain, 'wrong', wordsOf(error))];
    }
  }

  private async checkCredentials(domain: string): Promise<Finding[]> {
    const { clientId } = this.options;
    const grants: Finding[] = [];
    for (const [code, grant] of GRANTS) {
      const refusal = await this.refusalOf(domain, 'login', grant);
      if (CREDENTIALS_REFUSED.has(refusal)) return [finding('client_credentials', clientId, 'wrong', refusal)];
      grants.push(finding(code, clientId, stateOfGrant(refusal), refusal));
    }
    return [finding('client_credentials', clientId, 'well'), ...grants];
  }

  private async checkApiClient(domain: string): Promise<Finding[]> {
    const { apiClient } = this.options;
    if (!apiClient) return [];
    const refusal = await this.refusalOf(domain, 'api', 'token_vault');
    const state = CREDENTIALS_REFUSED.has(refusal) ? 'wrong' : stateOfGrant(refusal);
    return [finding('api_client', apiClient.clientId, state, refusal)];
  }

  private async refusalOf(domain: string, client: 'login' | 'api', grant: ProbedGrant): Promise<string> {
    return this.tenant.refusalOf(domain, client, grant).catch(wordsOf);
  }

  private async checkAddresses(domain: string): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const appBaseUrl of this.options.appBaseUrls) {
      const login = whereOn(() => this.addresses.loginCallback(appBaseUrl));
      const connect = whereOn(() => this.addresses.connectCallback(appBaseUrl));
      if (login !== undefined) findings.push(await this.checkCallback(domain, 'callback_url', login));
      if (connect !== undefined && connect !== login) {
        findings.push(await this.checkCallback(domain, 'connect_callback_url', connect));
      }
      findings.push(await this.checkLogout(domain, appBaseUrl));
    }
    const [appBaseUrl] = this.options.appBaseUrls;
    const isReached = findings.some(({ code, state }) => code === 'callback_url' && state === 'well');
    if (this.options.audience === undefined || !isReached) return findings;
    return [...findings, await this.checkAudience(domain, appBaseUrl, this.options.audience)];
  }

  private async checkCallback(domain: string, code: FindingCode, redirectUri: string): Promise<Finding> {
    try {
      const led = await this.leadsTo(domain, redirectUri);
      const isThere = led !== undefined && led.origin + led.pathname === redirectUri;
      if (!isThere) return finding(code, redirectUri, 'wrong', 'a page of Auth0’s');
      const error = led.searchParams.get('error') ?? 'no error';
      if (/pushed/i.test(led.searchParams.get('error_description') ?? '')) return this.notPushed(error);
      return finding(code, redirectUri, error === 'login_required' ? 'well' : 'unknown', error);
    } catch (error) {
      if (error instanceof Auth0MisconfiguredError) return this.notPushed(error.message);
      const isRefused = error instanceof Auth0RefusedError;
      return finding(code, redirectUri, isRefused ? 'wrong' : 'unknown', wordsOf(error));
    }
  }

  private notPushed(seen: string): Finding {
    return finding('pushed_authorization_requests', this.options.clientId, 'wrong', seen);
  }

  private async checkAudience(domain: string, appBaseUrl: string, audience: string): Promise<Finding> {
    try {
      const led = await this.leadsTo(domain, this.addresses.loginCallback(appBaseUrl), audience);
      const error = led?.searchParams.get('error') ?? 'a page of Auth0’s';
      return finding('audience', audience, error === 'login_required' ? 'well' : 'wrong', error);
    } catch (error) {
      return finding('audience', audience, 'unknown', wordsOf(error));
    }
  }

  /** `prompt=none`: Auth0 answers at once, and has no session of anybody. */
  private async leadsTo(domain: string, redirectUri: string, audience?: string): Promise<URL | undefined> {
    const url = await this.authorizationServer.authorizationUrl(domain, {
      ...this.options.authorizationParams,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      prompt: 'none',
      state: randomToken(),
      nonce: randomToken(),
      code_challenge: codeChallengeOf(randomToken()),
      code_challenge_method: 'S256',
      ...(audience !== undefined && { audience }),
    });
    return this.tenant.leadsTo(url);
  }

  private async checkLogout(domain: string, appBaseUrl: string): Promise<Finding> {
    try {
      const url = await this.authorizationServer.logoutUrl({
        issuerOrigin: domain,
        returnTo: appBaseUrl,
        federated: false,
      });
      const led = await this.tenant.leadsTo(url);
      const isThere = led?.href.replace(/\/$/, '') === appBaseUrl;
      return finding('logout_url', appBaseUrl, isThere ? 'well' : 'wrong', isThere ? undefined : 'a page of Auth0’s');
    } catch (error) {
      return finding('logout_url', appBaseUrl, 'unknown', wordsOf(error));
    }
  }

  private async checkDatabase(): Promise<Finding[]> {
    if (!this.tables) return [];
    try {
      const problems = await this.tables.problems();
      if (problems.length === 0) return [finding('database', 'tables', 'well')];
      return problems.map((problem) => finding('database', 'tables', 'wrong', problem));
    } catch (error) {
      return [finding('database', 'connection', 'wrong', wordsOf(error))];
    }
  }
}

/** Undefined where the route is switched off: the application has one of its own. */
function whereOn(address: () => string): string | undefined {
  try {
    return address();
  } catch {
    return undefined;
  }
}

/** A grant that is on has looked at what was presented, and does not like it. */
function stateOfGrant(refusal: string): Finding['state'] {
  if (refusal === 'invalid_grant' || refusal === 'invalid_request') return 'well';
  return refusal === 'unauthorized_client' ? 'wrong' : 'unknown';
}

/** What Auth0 said, or what became of asking: no error of the library has a secret in it. */
function wordsOf(error: unknown): string {
  if (error instanceof Auth0Error && error.auth0Error !== undefined) return error.auth0Error;
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
