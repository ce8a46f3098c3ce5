import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { InvalidRequestError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from '../../options/resolved-options.js';
import type { ResolvedRoutes } from '../../options/routes.js';
import type { AppAddresses } from '../../ports/app-addresses.js';
import { withQuery } from '../../shared/app-urls.js';
import { insertedMetadataUrl } from './resource-metadata.js';

/** The controllers' addresses: `appBaseUrl`, the application's global prefix, the route. Never from a Host header. */
@Injectable()
export class AppAddressesService implements AppAddresses {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(RESOLVED_ROUTES) private readonly routes: ResolvedRoutes,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
  ) {}

  loginCallback(appBaseUrl: string): string {
    return this.addressOf(appBaseUrl, this.routes.callback) ?? this.redirectUriNeeded();
  }

  connectCallback(appBaseUrl: string): string {
    return this.addressOf(appBaseUrl, this.routes.connectCallback ?? this.routes.callback) ?? this.redirectUriNeeded();
  }

  login(appBaseUrl: string, returnTo?: string, parameters?: Record<string, string | undefined>): string | undefined {
    const address = this.addressOf(appBaseUrl, this.routes.login);
    return address && withQuery(address, { returnTo, ...parameters });
  }

  link(appBaseUrl: string, token: string): string | undefined {
    const address = this.addressOf(appBaseUrl, this.routes.link);
    return address && `${address}/${token}`;
  }

  connect(request: Parameters<AppAddresses['connect']>[0]): string | undefined {
    const address = this.addressOf(request.appBaseUrl, this.routes.connect);
    return (
      address &&
      withQuery(`${address}/${encodeURIComponent(request.connection)}`, {
        scopes: request.scopes,
        login_hint: request.loginHint,
        returnTo: request.returnTo,
      })
    );
  }

  protectedResource(appBaseUrl: string): string | undefined {
    const inserted = insertedMetadataUrl(this.options);
    const isDefault = this.routes.protectedResource !== undefined && inserted?.origin === appBaseUrl;
    return isDefault ? inserted.href : this.addressOf(appBaseUrl, this.routes.protectedResource);
  }

  private addressOf(appBaseUrl: string, route: string | undefined): string | undefined {
    if (route === undefined) return undefined;
    return [appBaseUrl, this.globalPrefixOf(route), route].filter(Boolean).join('/');
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
