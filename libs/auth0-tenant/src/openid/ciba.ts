import type { Configuration } from 'oidc-provider';
import type Provider from 'oidc-provider';
import type { Tenant } from '../state/tenant.js';
import { addEverything } from './authorization-grant.js';
import { errors } from './oidc-provider.js';
import { isRecord } from '../values.js';

type CibaFeature = NonNullable<NonNullable<Configuration['features']>['ciba']>;

/** Client-initiated backchannel authentication in Auth0's manner: the user is named by a JSON login hint. */
export function cibaFeature(tenant: Tenant): CibaFeature {
  return {
    enabled: true,
    deliveryModes: ['poll'],
    processLoginHint: (ctx, hint) => subjectOf(hint ?? '', ctx.oidc.issuer),
    processLoginHintToken: () => {
      throw new errors.InvalidRequest('login_hint_token is not supported');
    },
    verifyUserCode: () => undefined,
    validateRequestContext: () => undefined,
    validateBindingMessage: (_ctx, message) => {
      if (!message || message.length > 64) {
        throw new errors.InvalidBindingMessage('binding_message is required, of 1 to 64 characters');
      }
    },
    triggerAuthenticationDevice: (_ctx, request) => {
      tenant.backchannel.add(request.jti);
    },
  };
}

function subjectOf(hint: string, issuer: string): string {
  try {
    const named: unknown = JSON.parse(hint);
    if (isRecord(named) && named.format === 'iss_sub' && named.iss === issuer && typeof named.sub === 'string') {
      return named.sub;
    }
  } catch (cause) {
    throw new errors.InvalidRequest('login_hint must be JSON', undefined, { cause });
  }
  throw new errors.InvalidRequest('login_hint must have format "iss_sub", this issuer as iss, and sub');
}

/** RFC 9396 section 2: a JSON array of objects, each with a `type`. Undefined where it is something else. */
export function authorizationDetailsOf(parameter: unknown): readonly unknown[] | undefined {
  try {
    const details: unknown = JSON.parse(String(parameter));
    return Array.isArray(details) && details.length > 0 && details.every(isDetail) ? details : undefined;
  } catch {
    return undefined;
  }
}

function isDetail(detail: unknown): boolean {
  return isRecord(detail) && typeof detail.type === 'string';
}

/** The user's answer on their device: approves or rejects a request that waits. */
export async function finishBackchannel(
  tenant: Tenant,
  provider: Provider,
  authReqId: string,
  answer: 'approve' | 'deny',
): Promise<void> {
  const id = tenant.backchannel.take(authReqId);
  const request = id === undefined ? undefined : await provider.BackchannelAuthenticationRequest.find(id);
  if (!request) throw new Error(`no backchannel request waits: ${authReqId}`);
  if (answer === 'deny') {
    await provider.backchannelResult(request, new errors.AccessDenied('The end-user denied the authorization request'));
    return;
  }
  const grant = new provider.Grant({ accountId: request.accountId, clientId: request.clientId });
  addEverything(tenant, grant, provider.issuer);
  await grant.save();
  await provider.backchannelResult(request, grant);
}
