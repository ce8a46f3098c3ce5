import type { OidcContext } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { textOf } from '../values.js';
import { organizationNamed } from './authorization-parameters.js';
import { errors, interactionPolicy } from './oidc-provider.js';

const { Check, Prompt } = interactionPolicy;

/** When somebody has to log in. One page asks, whatever the reason; first-party clients need no consent page. */
export function loginPolicy(tenant: Tenant) {
  const policy = interactionPolicy.base();
  policy.get('consent')!.checks.clear();
  // Auth0's words, which its SDKs show.
  for (const check of policy.get('login')!.checks) check.description = 'Login required';
  policy.get('login')!.checks.add(
    new Check('invitation', 'an invitation is accepted by logging in', ({ oidc }) => {
      return oidc.params?.invitation !== undefined && !oidc.result?.login;
    }),
  );
  for (const name of ['select_account', 'create']) policy.add(new Prompt({ name, requestable: true }), 1);
  policy.add(
    new Prompt(
      { name: 'membership' },
      new Check('not_a_member', 'the user is not a member of the organization', (ctx) => refuseStrangers(tenant, ctx)),
    ),
  );
  return policy;
}

/** A session that lives already may belong to somebody outside the organization asked for. */
function refuseStrangers(tenant: Tenant, { oidc }: OidcContext): boolean {
  const named = textOf(oidc.params?.organization);
  const organization = named === undefined ? undefined : organizationNamed(tenant, named);
  const userId = oidc.session?.accountId ?? '';
  if (organization && !organization.members.includes(userId)) {
    throw new errors.AccessDenied(`user ${userId} is not part of the ${organization.id} organization`);
  }
  return false;
}
