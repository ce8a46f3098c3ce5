import { Inject, Injectable } from '@nestjs/common';
import { Auth0MisconfiguredError, Auth0RefusedError } from '../errors/index.js';
import { ApiAccessTokens } from '../session/api-access-tokens.js';
import { MY_ACCOUNT_API, type MyAccountAccess, type MyAccountApi } from './ports.js';
import type { Subject } from './subject.js';

/** All three at once: one refresh serves every operation. */
const MY_ACCOUNT_SCOPES = [
  'create:me:connected_accounts',
  'delete:me:connected_accounts',
  'read:me:connected_accounts',
];

/** Calls of the My Account API under the user's access token for it. */
@Injectable()
export class MyAccountTokens {
  constructor(
    @Inject(ApiAccessTokens) private readonly apiAccessTokens: ApiAccessTokens,
    @Inject(MY_ACCOUNT_API) private readonly myAccount: MyAccountApi,
  ) {}

  /** @param scope what the operation needs */
  async call<T>(
    subject: Subject,
    scope: (typeof MY_ACCOUNT_SCOPES)[number],
    operation: (access: MyAccountAccess) => Promise<T>,
  ): Promise<T> {
    try {
      return await operation(await this.get(subject, scope));
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Status !== 401) throw error;
      // Revoked before its time. Nothing was done: once more with a new one.
      await this.apiAccessTokens.forget(subject, this.requestFor(subject));
      return operation(await this.get(subject, scope));
    }
  }

  private async get(subject: Subject, scope: string): Promise<MyAccountAccess> {
    const token = await this.apiAccessTokens.get(subject, this.requestFor(subject));
    if (token.missingScopes.includes(scope)) {
      throw new Auth0MisconfiguredError(
        'my-account-token',
        `Auth0 did not grant "${scope}". Activate the My Account API and add its connected-accounts scopes to the application's refresh-token policies (MRRT)`,
      );
    }
    return { domain: subject.record.domain, accessToken: token.accessToken };
  }

  private requestFor(subject: Subject): { audience: string; scopes: string[] } {
    return { audience: this.myAccount.audienceOf(subject.record.domain), scopes: MY_ACCOUNT_SCOPES };
  }
}
