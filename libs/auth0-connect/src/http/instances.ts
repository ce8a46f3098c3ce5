import { Injectable, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { DEFAULT_INSTANCE } from '../options/resolve-options.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { AppAddresses } from '../shared/app-addresses.js';
import type { RequestSessions } from './request-sessions.js';

/** What guards and parameter decorators need of one `Auth0ConnectModule`. */
export interface Auth0ConnectInstance {
  readonly options: Pick<ResolvedOptions, 'instance' | 'appBaseUrl'>;
  readonly requests: RequestSessions;
  readonly accounts: ConnectedAccountsService;
  readonly addresses: AppAddresses;
}

const INSTANCE = 'auth0-connect:instance';

/**
 * Which of several `Auth0ConnectModule`s in one application the guards and parameter decorators of a controller or
 * handler belong to, by the `name` of its options.
 */
export const Auth0Instance = (name: string): CustomDecorator => SetMetadata(INSTANCE, name);

/** The module instances of this application. */
@Injectable()
export class Auth0ConnectInstances {
  private readonly byName = new Map<string, Auth0ConnectInstance>();

  register(instance: Auth0ConnectInstance): void {
    const { instance: name } = instance.options;
    if (this.byName.has(name)) {
      throw new TypeError(`Auth0ConnectModule "${name}" is imported twice. Import it once, or give each a name`);
    }
    this.byName.set(name, instance);
  }

  /** @throws TypeError when the handler names an instance that is not imported */
  of(context: ExecutionContext): Auth0ConnectInstance {
    const name =
      (Reflect.getMetadata(INSTANCE, context.getHandler()) as string | undefined) ??
      (Reflect.getMetadata(INSTANCE, context.getClass()) as string | undefined) ??
      DEFAULT_INSTANCE;
    const instance = this.byName.get(name);
    if (!instance) throw new TypeError(`No Auth0ConnectModule is imported under the name "${name}"`);
    return instance;
  }
}
