import { accessRuleDecorator, type AccessRuleDecorator } from './access-rules.js';

/**
 * What an access token must have been granted, on a handler or on a controller; those of both count, and several on one
 * handler all count. `AccessTokenGuard` answers 403 `insufficient_token_scope` to a token without. It limits what an
 * application may do for its user: a login session, where `SessionOrAccessTokenGuard` lets one in, has no scopes.
 * @throws TypeError for no scope, or one that is no `scope-token`; ConfigurationError at start-up where no guard looks at them
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 *
 * @example
 * @RequireScopes('read:events', 'write:events')     // both
 * @RequireScopes.anyOf('read:events', 'admin')      // one of them
 */
export const RequireScopes: AccessRuleDecorator = accessRuleDecorator('RequireScopes', 'scopes');
