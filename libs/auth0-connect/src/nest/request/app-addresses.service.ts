import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { InvalidRequestError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from '../../options/resolved-options.js';
import type { ResolvedRoutes } from '../../options/routes.js';
import type { AppAddresses } from '../../ports/app-addresses.js';
import { withQuery } from '../../shared/app-urls.js';

/** The controllers' addresses: `appBaseUrl`, the application's global prefix, the route. Never from a Host header. */
@Injectable()
export class AppAddressesService implements AppAddresses {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(RESOLVED_ROUTES) private readonly routes: ResolvedRoutes,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
  ) {}

  loginCallback(): string {
    return this.addressOf(this.routes.callback) ?? this.redirectUriNeeded();
  }

  connectCallback(): string {
    return this.addressOf(this.routes.connectCallback ?? this.routes.callback) ?? this.redirectUriNeeded();
  }

  login(returnTo?: string): string | undefined {
    const address = this.addressOf(this.routes.login);
    return address && withQuery(address, { returnTo });
  }

  connect(request: Parameters<AppAddresses['connect']>[0]): string | undefined {
    const address = this.addressOf(this.routes.connect);
    return (
      address &&
      withQuery(`${address}/${encodeURIComponent(request.connection)}`, {
        scopes: request.scopes,
        login_hint: request.loginHint,
        returnTo: request.returnTo,
      })
    );
  }

  protectedResource(): string | undefined {
    return this.addressOf(this.routes.protectedResource);
  }

  private addressOf(route: string | undefined): string | undefined {
    if (route === undefined) return undefined;
    return [this.options.appBaseUrl, this.globalPrefixOf(route), route].filter(Boolean).join('/');
  }

  private globalPrefixOf(route: string): string {
    const excluded = this.application.getGlobalPrefixOptions().exclude ?? [];
    if (excluded.some(({ pathRegex }) => pathRegex.test(`/${route}`))) return '';
    return this.application.getGlobalPrefix().replace(/^\/+|\/+$/g, '');
  }

  private redirectUriNeeded(): never {
    throw new InvalidRequestError('redirectUri', 'is required where the callback route is switched off');
  }
}
