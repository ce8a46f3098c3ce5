import type Provider from 'oidc-provider';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { consentPage } from './connect/consent-page.js';
import { controlGate } from './control/gate.js';
import type { OpenIdControl } from './control/openid-control.js';
import { homePage } from './http/home-page.js';
import { hostOf, refuseHost } from './http/hosts.js';
import { myAccountApi } from './my-account/routes.js';
import { TOKEN_VAULT_GRANT } from './options.js';
import type { Tenant } from './state/tenant.js';
import { EXCHANGE_PARAMETERS, tokenVaultExchange } from './token-vault/exchange.js';
import { upstreamApis } from './upstream/routes.js';
import { finishBackchannel } from './openid/ciba.js';
import { openidConfiguration, runSecrets } from './openid/configuration.js';
import { CUSTOM_EXCHANGE_PARAMETERS, customTokenExchange } from './openid/custom-token-exchange.js';
import { TOKEN_EXCHANGE_GRANT } from './openid/client-metadata.js';
import { discoveryDocument } from './openid/discovery.js';
import { loginAs, type LoginAsRequest, type LoginAsResult } from './openid/login-as.js';
import { loginPage } from './openid/login-page.js';
import { logoutEndpoints } from './openid/logout.js';
import { Provider as OidcProvider } from './openid/oidc-provider.js';
import type { SigningKey } from './state/signing-keys.js';
import { oauthEndpoints } from './openid/token-endpoint.js';
import { resourceParameter } from './openid/resource-parameter.js';
import { userinfoForJwts } from './openid/userinfo.js';
import { rememberError } from './openid/request-errors.js';
import { webMessageMode } from './openid/web-message.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The tenant's issuers, one per host name, over the same store. oidc-provider reads keys and claims when it is made,
 * so each is made anew when those change; nothing is lost, for everything lasting is in the store.
 */
export class Issuers implements OpenIdControl {
  readonly #tenant: Tenant;
  readonly #secrets = runSecrets();
  readonly #handlers = new Map<string, Handler>();
  #canonical!: Provider;

  constructor(tenant: Tenant) {
    this.#tenant = tenant;
    this.#build();
  }

  /** Handles a request as the issuer its Host header names; nobody else's name is answered to. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handler = this.#handlers.get(hostOf(request) ?? '');
    if (handler) await handler(request, response);
    else refuseHost(response, [...this.#handlers.keys()]);
  }

  async loginAs(request: LoginAsRequest): Promise<LoginAsResult> {
    return loginAs(this.#tenant, this.#canonical, this.#secrets.cookieKey, request);
  }

  async rotateKeys(options?: { keepPrevious?: boolean }): Promise<SigningKey> {
    const key = await this.#tenant.keys.rotate(options);
    this.#build();
    return key;
  }

  claimsChanged(): void {
    this.#build();
  }

  async approveBackchannel(authReqId: string): Promise<void> {
    await finishBackchannel(this.#tenant, this.#canonical, authReqId, 'approve');
  }

  async denyBackchannel(authReqId: string): Promise<void> {
    await finishBackchannel(this.#tenant, this.#canonical, authReqId, 'deny');
  }

  #build(): void {
    const providers = this.#tenant.issuers.map((issuer) => ({ issuer, provider: this.#provider(issuer) }));
    this.#canonical = providers[0]!.provider;
    for (const { issuer, provider } of providers) {
      this.#handlers.set(new URL(issuer).host, provider.callback());
    }
  }

  #provider(issuer: string): Provider {
    const tenant = this.#tenant;
    const provider = new OidcProvider(issuer, openidConfiguration(tenant, this.#secrets));
    provider.registerGrantType(TOKEN_VAULT_GRANT, tokenVaultExchange(tenant), EXCHANGE_PARAMETERS);
    provider.registerGrantType(TOKEN_EXCHANGE_GRANT, customTokenExchange(tenant), CUSTOM_EXCHANGE_PARAMETERS);
    provider.registerResponseMode('web_message', webMessageMode(tenant));
    provider.on('grant.error', rememberError);
    provider.on('server_error', (_ctx, error) => console.error('auth0-local-tenant:', error));
    const pipeline = [
      controlGate(tenant),
      homePage(tenant, issuer),
      upstreamApis(tenant),
      myAccountApi(tenant, issuer),
      consentPage(tenant, provider),
      loginPage(tenant, provider),
      logoutEndpoints(tenant, provider),
      userinfoForJwts(tenant, issuer),
      discoveryDocument(tenant, issuer),
      resourceParameter(),
      oauthEndpoints(tenant),
    ];
    for (const step of pipeline) provider.use(step);
    return provider;
  }
}
