import type { ExecutionContext } from '@nestjs/common';
import { connectedToken } from '../decorators/connected-token.parameter.js';
import { requiredOf, type WantedToken } from '../decorators/wanted-tokens.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';

/**
 * What `@RequireConnection` asks for, when the guard has let somebody in.
 * @throws ConnectionRequiredError, InsufficientScopeError, and what else an exchange throws
 */
export function requireConnections(context: ExecutionContext): MaybePromise<true> {
  const required = requiredOf(context);
  return required.length === 0 ? true : requireAll(required, context);
}

async function requireAll(required: readonly WantedToken[], context: ExecutionContext): Promise<true> {
  for (const wanted of required) await connectedToken({ ...wanted, as: 'token' }, context);
  return true;
}
