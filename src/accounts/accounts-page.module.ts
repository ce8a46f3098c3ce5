import { Module, type DynamicModule } from '@nestjs/common';
import { AccountBook } from '../account-book/account-book.js';
import { AssetsController } from '../pages/assets.controller.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { AccountIdentity } from '../providers/account-identity.js';
import { ProviderApi } from '../providers/provider-api.js';
import { PROVIDER_URLS, providerUrls } from '../providers/provider-urls.js';
import { AccountHealth } from './account-health.js';
import { AccountNames } from './account-names.js';
import { AccountsController } from './accounts.controller.js';
import { SessionsController } from './sessions.controller.js';

/** The accounts page with all that it needs, here and in an application that has copied it: docs/accounts-page.md. */
@Module({})
export class AccountsPageModule {
  /** @param domain of the tenant: a local one plays the providers, too */
  static forTenant(domain: string): DynamicModule {
    return {
      module: AccountsPageModule,
      controllers: [AccountsController, SessionsController, AssetsController],
      providers: [
        AccountBook,
        AccountHealth,
        AccountIdentity,
        AccountNames,
        PageRenderer,
        ProviderApi,
        { provide: PROVIDER_URLS, useValue: providerUrls(domain) },
      ],
      exports: [PageRenderer, ProviderApi, PROVIDER_URLS],
    };
  }
}
