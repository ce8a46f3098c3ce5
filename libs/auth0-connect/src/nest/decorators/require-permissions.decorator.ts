import { accessRuleDecorator, type AccessRuleDecorator } from './access-rules.js';

/**
 * What the user of an access token must be permitted by a role, on a handler or on a controller: names in the claim
 * `permissions`, which Auth0 adds where the API has RBAC on and "Add Permissions in the Access Token". Rules add up as those
 * of `@RequireScopes` do. `AccessTokenGuard` answers 403 `insufficient_permissions` to a token without. A login session, where
 * `SessionOrAccessTokenGuard` lets one in, has no permissions and is not asked for them.
 * @throws TypeError for no permission, or one with spaces; ConfigurationError at start-up where no guard looks at them
 * @see https://auth0.com/docs/manage-users/access-control/rbac
 *
 * @example
 * @RequirePermissions('read:events', 'write:events')     // both
 * @RequirePermissions.anyOf('read:events', 'admin')      // one of them
 */
export const RequirePermissions: AccessRuleDecorator = accessRuleDecorator('RequirePermissions', 'permissions');
