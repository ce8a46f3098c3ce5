import type { ConnectedAccount, ConnectedAccountConnection } from '../accounts/connected-account.js';
import type { ConnectRequest, ConnectTicket, MyAccountAccess, MyAccountApi, Page } from '../accounts/ports.js';
import { AccountNotFoundError, Auth0RefusedError, type Auth0ValidationError } from '../errors/index.js';
import { issuerOf } from '../issuer/issuer.js';
import { withQuery } from '../shared/app-urls.js';
import { Answer } from './answer.js';
import type { Auth0Http } from './auth0-http.js';
import { assertConfigured } from './configured-issuers.js';
import { DpopNonces } from './dpop-nonces.js';
import type { OperatorWarnings } from './operator-warnings.js';
import type { Patience } from './rate-limit.js';

/** What does no harm a second time: a connect that nobody goes on with just ends. A connect code is good once. */
const REPEATABLE = new Set(['connect', 'accounts', 'connections']);

/**
 * The My Account API, connected accounts.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export class Auth0MyAccountApi implements MyAccountApi {
  private readonly dpopNonces = new DpopNonces();

  constructor(
    private readonly http: Auth0Http,
    private readonly patience: Patience,
    private readonly warnings: OperatorWarnings,
    private readonly issuerOrigins: readonly string[],
  ) {}

  audienceOf(issuerOrigin: string): string {
    return `${issuerOf(issuerOrigin)}me/`;
  }

  async connect(access: MyAccountAccess, request: ConnectRequest): Promise<ConnectTicket> {
    const answer = await this.call('connect', access, 'POST', '/connect', {
      connection: request.connection,
      redirect_uri: request.redirectUri,
      state: request.state,
      code_challenge: request.codeChallenge,
      code_challenge_method: 'S256',
      ...(request.scopes.length > 0 && { scopes: request.scopes }),
      ...(request.authorizationParams && { authorization_params: request.authorizationParams }),
    });
    return {
      connectUri: answer.text('connect_uri'),
      ticket: answer.record('connect_params').text('ticket'),
      authSession: answer.text('auth_session'),
      expiresInSeconds: answer.positiveSeconds('expires_in'),
    };
  }

  async complete(access: MyAccountAccess, request: Parameters<MyAccountApi['complete']>[1]): Promise<ConnectedAccount> {
    const answer = await this.call('complete', access, 'POST', '/complete', {
      auth_session: request.authSession,
      connect_code: request.connectCode,
      redirect_uri: request.redirectUri,
      code_verifier: request.codeVerifier,
    });
    return toAccount(answer);
  }

  async listAccounts(
    access: MyAccountAccess,
    { connections, take, from }: Parameters<MyAccountApi['listAccounts']>[1],
  ): Promise<Page<ConnectedAccount>> {
    const path = withQuery('/accounts', { connection: connections, take: take?.toString(), from });
    const answer = await this.call('accounts', access, 'GET', path);
    return { items: answer.records('accounts').map(toAccount), next: answer.optionalText('next') };
  }

  async listConnections(
    access: MyAccountAccess,
    { take, from }: Parameters<MyAccountApi['listConnections']>[1],
  ): Promise<Page<ConnectedAccountConnection>> {
    const path = withQuery('/connections', { take: take?.toString(), from });
    const answer = await this.call('connections', access, 'GET', path);
    return { items: answer.records('connections').map(toConnection), next: answer.optionalText('next') };
  }

  async deleteAccount(access: MyAccountAccess, id: string): Promise<void> {
    try {
      await this.send('delete-account', access, 'DELETE', `/accounts/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error instanceof Auth0RefusedError && error.auth0Status === 404) {
        throw new AccountNotFoundError({ cause: error });
      }
      throw error;
    }
  }

  private async call(
    operation: string,
    access: MyAccountAccess,
    method: string,
    path: string,
    body?: Record<string, unknown>,
  ): Promise<Answer> {
    const response = await this.send(operation, access, method, path, body);
    return Answer.parse(operation, await response.text());
  }

  private async send(
    operation: string,
    access: MyAccountAccess,
    method: string,
    path: string,
    body?: Record<string, unknown>,
  ): Promise<Response> {
    assertConfigured(operation, access.issuerOrigin, this.issuerOrigins);
    const request = {
      url: `${access.issuerOrigin}/me/v1/connected-accounts${path}`,
      method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    };
    try {
      let response = await this.authorized(operation, access, request);
      // Nothing was done: once more, with the nonce that came along.
      if (access.prove && asksForNonce(response)) response = await this.authorized(operation, access, request);
      if (!response.ok) throw await refusal(operation, response);
      return response;
    } catch (error) {
      this.warnings.about(error, access.issuerOrigin);
      throw error;
    }
  }

  /** A token that is bound by DPoP goes with a proof and never as a bearer token. */
  private async authorized(
    operation: string,
    { accessToken, prove }: MyAccountAccess,
    { url, ...init }: { url: string; method: string; headers: Record<string, string>; body?: string },
  ): Promise<Response> {
    const response = await this.patience.with(
      operation,
      async () => {
        const proof = await prove?.({ method: init.method, url, nonce: this.dpopNonces.get(url) });
        const credentials: Record<string, string> =
          proof === undefined
            ? { authorization: `Bearer ${accessToken}` }
            : { authorization: `DPoP ${accessToken}`, dpop: proof };
        return this.http.fetch(operation, url, { ...init, headers: { ...init.headers, ...credentials } });
      },
      { isRepeatable: REPEATABLE.has(operation) },
    );
    this.dpopNonces.remember(url, response);
    return response;
  }
}

/** RFC 9449 section 9. */
function asksForNonce(response: Response): boolean {
  return (
    response.status === 401 && /^DPoP\b.*error="use_dpop_nonce"/i.test(response.headers.get('www-authenticate') ?? '')
  );
}

function toAccount(item: Answer): ConnectedAccount {
  const expiresAt = item.optionalDate('expires_at');
  const orgId = item.optionalText('org_id');
  return {
    id: item.text('id'),
    connection: item.text('connection'),
    accessType: 'offline',
    scopes: item.texts('scopes'),
    createdAt: item.date('created_at'),
    ...(expiresAt && { expiresAt }),
    ...(orgId !== undefined && { orgId }),
  };
}

function toConnection(item: Answer): ConnectedAccountConnection {
  return { name: item.text('name'), strategy: item.text('strategy'), scopes: item.texts('scopes') };
}

/** 400 and the like are about what the caller asked for; 401 and 403 are about the token that we brought. */
async function refusal(operation: string, response: Response): Promise<Auth0RefusedError> {
  const body = Answer.tolerant(operation, await response.text());
  const { status } = response;
  const words = body.words(status);
  return new Auth0RefusedError(
    operation,
    {
      ...words,
      status,
      error: words.error ?? 'unknown',
      validationErrors: body.optionalRecords('validation_errors').map(toValidationError),
    },
    { callerInput: [400, 404, 409, 415, 422].includes(status) },
  );
}

function toValidationError(item: Answer): Auth0ValidationError {
  const { field, pointer, source } = {
    field: item.looseText('field'),
    pointer: item.looseText('pointer'),
    source: item.looseText('source'),
  };
  return {
    detail: item.looseText('detail') ?? '',
    ...(field !== undefined && { field }),
    ...(pointer !== undefined && { pointer }),
    ...(source !== undefined && { source }),
  };
}
