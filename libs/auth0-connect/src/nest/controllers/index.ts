import { UseInterceptors, type Type } from '@nestjs/common';
import type { ResolvedRoutes, RouteDecorators, RouteName } from '../../options/routes.js';
import { RetryAfterInterceptor } from '../request/retry-after.interceptor.js';
import { createAccountsController } from './accounts.controller.js';
import { createBackchannelLogoutController } from './backchannel-logout.controller.js';
import { createCallbackController } from './callback.controller.js';
import { createCloseController } from './close.controller.js';
import { createConnectController } from './connect.controller.js';
import { createConnectionsController } from './connections.controller.js';
import { createLinkController } from './link.controller.js';
import { createLoginController } from './login.controller.js';
import { createLogoutController } from './logout.controller.js';
import { createProfileController } from './profile.controller.js';
import { createProtectedResourceController } from './protected-resource.controller.js';
import { keepFromCacheInterceptor } from './uncached.js';

type Create = (path: string, instance: string, routes: ResolvedRoutes) => Type;

const CONTROLLERS: Readonly<Record<RouteName, Create>> = {
  login: createLoginController,
  callback: (path, instance, { connectCallback }) =>
    createCallbackController(path, instance, connectCallback === undefined ? ['login', 'connect'] : ['login']),
  connectCallback: (path, instance) => createCallbackController(path, instance, ['connect']),
  logout: createLogoutController,
  backchannelLogout: createBackchannelLogoutController,
  profile: createProfileController,
  connect: createConnectController,
  link: createLinkController,
  close: createCloseController,
  accounts: createAccountsController,
  connections: createConnectionsController,
  protectedResource: createProtectedResourceController,
};

/** A controller for each route that is on, at its path. Classes of their own, so that two instances do not share one. */
export function createControllers(routes: ResolvedRoutes, instance: string, decorators: RouteDecorators): Type[] {
  return (Object.keys(CONTROLLERS) as RouteName[]).flatMap((route) => {
    const path = routes[route];
    if (path === undefined) return [];
    const controller = CONTROLLERS[route](path, instance, routes);
    keepFromCacheInterceptor(controller);
    UseInterceptors(RetryAfterInterceptor)(controller);
    for (const decorate of decorators[route] ?? []) decorate(controller);
    return [controller];
  });
}
