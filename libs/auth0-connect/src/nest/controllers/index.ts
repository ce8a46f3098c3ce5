import type { Type } from '@nestjs/common';
import type { ResolvedRoutes } from '../../options/routes.js';
import { createAccountsController } from './accounts.controller.js';
import { createBackchannelLogoutController } from './backchannel-logout.controller.js';
import { createCallbackController } from './callback.controller.js';
import { createConnectController } from './connect.controller.js';
import { createConnectionsController } from './connections.controller.js';
import { createLoginController } from './login.controller.js';
import { createLogoutController } from './logout.controller.js';
import { createProfileController } from './profile.controller.js';
import { createProtectedResourceController } from './protected-resource.controller.js';

/** A controller for each route that is on, at its path. Classes of their own, so that two instances do not share one. */
export function createControllers(routes: ResolvedRoutes, instance: string): Type[] {
  const { connectCallback } = routes;
  return [
    routes.login !== undefined && createLoginController(routes.login),
    routes.callback !== undefined &&
      createCallbackController(routes.callback, connectCallback === undefined ? ['login', 'connect'] : ['login']),
    connectCallback !== undefined && createCallbackController(connectCallback, ['connect']),
    routes.logout !== undefined && createLogoutController(routes.logout),
    routes.backchannelLogout !== undefined && createBackchannelLogoutController(routes.backchannelLogout),
    routes.profile !== undefined && createProfileController(routes.profile, instance),
    routes.connect !== undefined && createConnectController(routes.connect, instance),
    routes.accounts !== undefined && createAccountsController(routes.accounts, instance),
    routes.connections !== undefined && createConnectionsController(routes.connections, instance),
    routes.protectedResource !== undefined && createProtectedResourceController(routes.protectedResource),
  ].filter((controller) => controller !== false);
}
