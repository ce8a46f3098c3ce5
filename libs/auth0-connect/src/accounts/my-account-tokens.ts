import { Inject, Injectable } from '@nestjs/common';
import { Auth0MisconfiguredError, Auth0RefusedError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { ApiAccessTokens } from '../session/api-access-tokens.js';
import { DpopProofSigner } from '../session/dpop-proof.signer.js';
import type { LoginSession } from '../session/login-session.js';
import type { MyAccountScope } from '../shared/my-account-scopes.js';
import { OPERATOR, type Operator } from '../ports/operator.js';
import { unionOfScopes } from '../shared/scopes.js';
import { MY_ACCOUNT_API, type MyAccountAccess, type MyAccountApi } from './ports.js';

/** Calls of the My Account API under the user's access token for it. */
@Injectable()
export class MyAccountTokens {
  constructor(
    @Inject(ApiAccessTokens) private readonly apiAccessTokens: ApiAccessTokens,
    @Inject(DpopProofSigner) private readonly proofs: DpopProofSigner,
    @Inject(MY_ACCOUNT_API) private readonly myAccount: MyAccountApi,
    @Inject(OPERATOR) private readonly operator: Operator,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @param scope what the operation needs */
  async call<T>(
    subject: LoginSession,
    scope: MyAccountScope,
    operation: (access: MyAccountAccess) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.callTwice(subject, scope, operation);
    } catch (error) {
      this.operator.about(error, subject.record.issuerOrigin);
      throw error;
    }
  }

  private async callTwice<T>(
    subject: LoginSession,
    scope: MyAccountScope,
    operation: (access: MyAccountAccess) => Promise<T>,
  ): Promise<T> {
    try {
      return await operation(await this.get(subject, scope));
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Status !== 401) throw error;
      // Revoked before its time. Nothing was done: once more with a new one.
      await this.apiAccessTokens.forget(subject, this.requestFor(subject, scope));
      return operation(await this.get(subject, scope));
    }
  }

  private async get(subject: LoginSession, scope: MyAccountScope): Promise<MyAccountAccess> {
    const token = await this.apiAccessTokens.get(subject, this.requestFor(subject, scope));
    if (token.missingScopes.includes(scope)) {
      throw new Auth0MisconfiguredError(
        'my-account-token',
        `Auth0 did not grant "${scope}". Activate the My Account API and add its connected-accounts scopes to the application's refresh-token policies (MRRT)`,
      );
    }
    const { accessToken } = token;
    return {
      issuerOrigin: subject.record.issuerOrigin,
      accessToken,
      ...(token.tokenType === 'DPoP' && {
        prove: (request) => this.proofs.create(subject, { ...request, accessToken }),
      }),
    };
  }

  private requestFor(subject: LoginSession, scope: MyAccountScope): { audience: string; scopes: string[] } {
    return {
      audience: this.myAccount.audienceOf(subject.record.issuerOrigin),
      scopes: unionOfScopes(this.options.myAccountScopes, [scope]),
    };
  }
}
