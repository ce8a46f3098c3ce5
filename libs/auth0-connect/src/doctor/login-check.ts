import { Inject, Injectable } from '@nestjs/common';
import { MY_ACCOUNT_API, type MyAccountApi } from '../accounts/ports.js';
import { Auth0Error, Auth0UnavailableError, RateLimitedError } from '../errors/index.js';
import { REFRESH_GRANT, type RefreshGrant } from '../session/ports.js';
import { MY_ACCOUNT_SCOPES } from '../shared/my-account-scopes.js';
import { finding, type Finding } from './findings.js';

/** Tells what takes a login to tell: what its refresh token is good for. */
@Injectable()
export class LoginCheck {
  constructor(
    @Inject(REFRESH_GRANT) private readonly grant: RefreshGrant,
    @Inject(MY_ACCOUNT_API) private readonly myAccount: MyAccountApi,
  ) {}

  /** @param refreshToken of a login a moment ago, if it gave one. It is used up where tokens rotate. */
  async check(domain: string, clientId: string, refreshToken: string | undefined): Promise<Finding[]> {
    if (refreshToken === undefined) return [finding('offline_access', clientId, 'wrong')];
    const [rotation, current] = await this.checkRotation(domain, clientId, refreshToken);
    const [myAccount, accessToken] = await this.checkMyAccount(domain, current);
    const connections = accessToken === undefined ? [] : [await this.checkConnections(domain, accessToken)];
    return [finding('offline_access', clientId, 'well'), rotation, myAccount, ...connections];
  }

  private async checkRotation(domain: string, clientId: string, refreshToken: string): Promise<[Finding, string]> {
    let current = refreshToken;
    try {
      await this.grant.refresh({
        issuerOrigin: domain,
        refreshToken,
        onRefreshToken: async (rotated) => void (current = rotated),
      });
      const isRotated = current !== refreshToken;
      return [finding('refresh_token_rotation', clientId, isRotated ? 'wrong' : 'well'), current];
    } catch (error) {
      return [finding('refresh_token_rotation', clientId, 'unknown', codeOf(error)), current];
    }
  }

  private async checkMyAccount(domain: string, refreshToken: string): Promise<[Finding, string | undefined]> {
    const audience = this.myAccount.audienceOf(domain);
    try {
      const answer = await this.grant.refresh({
        issuerOrigin: domain,
        refreshToken,
        audience,
        scope: MY_ACCOUNT_SCOPES.join(' '),
        onRefreshToken: async () => undefined,
      });
      const granted = answer.scope === undefined ? MY_ACCOUNT_SCOPES : answer.scope.split(' ');
      const missing = MY_ACCOUNT_SCOPES.filter((scope) => !granted.includes(scope));
      if (missing.length > 0)
        return [finding('my_account', audience, 'wrong', `without ${missing.join(', ')}`), undefined];
      return [finding('my_account', audience, 'well'), answer.accessToken];
    } catch (error) {
      return [finding('my_account', audience, isOfTheWay(error) ? 'unknown' : 'wrong', codeOf(error)), undefined];
    }
  }

  private async checkConnections(domain: string, accessToken: string): Promise<Finding> {
    try {
      const { items } = await this.myAccount.listConnections({ issuerOrigin: domain, accessToken }, {});
      const names = items.map(({ name }) => name).join(', ');
      return finding('connections', domain, items.length > 0 ? 'well' : 'wrong', names || undefined);
    } catch (error) {
      return finding('connections', domain, 'unknown', codeOf(error));
    }
  }
}

/** What says nothing of how Auth0 is set up. */
function isOfTheWay(error: unknown): boolean {
  return error instanceof Auth0UnavailableError || error instanceof RateLimitedError;
}

function codeOf(error: unknown): string {
  if (error instanceof Auth0Error) return error.auth0Error ?? error.code;
  return error instanceof Error ? error.name : 'unknown';
}
