import { SetMetadata } from '@nestjs/common';

const HOOKS = 'auth0-connect:hooks';

/**
 * Marks a provider of the application as one that is asked and told what happens: it implements one or several of
 * `BeforeSessionBegins`, `AfterLogin`, `OnSessionEnded`, `OnAccountConnected`, `OnAccountDisconnected` and `OnReconnectNeeded`, as
 * it would implement Nest's own `OnModuleInit`. It may inject whatever its module has. `@Auth0Instance` names the module
 * instance, where there are several.
 *
 * @example
 * @Injectable()
 * @Auth0ConnectHooks()
 * class Audit implements OnSessionEnded {
 *   onSessionEnded({ userId, reason }: EndedSession): void {}
 * }
 */
export const Auth0ConnectHooks = (): ClassDecorator => SetMetadata(HOOKS, true);

export function isMarkedAsHooks(type: unknown): boolean {
  return typeof type === 'function' && Reflect.getMetadata(HOOKS, type) === true;
}
