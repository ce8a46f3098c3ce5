import type Provider from 'oidc-provider';
import type { Interaction } from 'oidc-provider';
import { bodyParameters, type Context, type Middleware } from '../http/context.js';
import { nameOf } from '../http/applications.js';
import { showMessage } from '../http/messages.js';
import { renderPage } from '../http/pages.js';
import { epochSeconds } from '../identifiers.js';
import type { TenantOrganization, TenantUser } from '../options.js';
import type { Tenant } from '../state/tenant.js';
import { textOf } from '../values.js';
import { organizationNamed } from './authorization-parameters.js';

/** The login page: choose a user, or cancel. */
export function loginPage(tenant: Tenant, provider: Provider): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/u/login/')) {
      await next();
      return;
    }
    const uid = ctx.path.slice('/u/login/'.length);
    const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined);
    if (!interaction || interaction.uid !== uid) {
      const { params } = tenant.store.get('Interaction', uid) ?? {};
      showMessage(tenant, ctx, {
        status: 400,
        title: 'Login expired',
        text: 'This login was finished, has expired, or was begun in another browser. Start again in the application.',
        clientId: textOf(params?.client_id),
      });
      return;
    }
    if (ctx.method === 'POST') await answerLogin(tenant, provider, ctx, interaction);
    else showLogin(tenant, ctx, interaction);
  };
}

function showLogin(tenant: Tenant, ctx: Context, interaction: Interaction, problem?: string): void {
  const { client_id: clientId, login_hint: hint, screen_hint: screen } = interaction.params;
  const users = [...tenant.users.values()];
  const hinted = users.find((user) => user.userId === hint || user.email === hint);
  renderPage(ctx, problem ? 400 : 200, 'login', {
    title: screen === 'signup' || interaction.prompt.name === 'create' ? 'Sign up' : 'Log in',
    client: nameOf(tenant.clients.get(String(clientId)), String(clientId)),
    organization: organizationOf(tenant, interaction)?.name,
    users,
    selected: (hinted ?? users[0])?.userId,
    problem,
  });
}

async function answerLogin(tenant: Tenant, provider: Provider, ctx: Context, interaction: Interaction): Promise<void> {
  const { user: userId, action } = bodyParameters(ctx);
  if (action === 'cancel') {
    await finish(ctx, interaction, { error: 'access_denied', error_description: 'User cancelled the login.' });
    return;
  }
  const user = tenant.users.get(String(userId));
  if (!user) {
    showLogin(tenant, ctx, interaction, 'Choose a user.');
    return;
  }
  const organization = organizationOf(tenant, interaction);
  const refusal = organization && admit(organization, user, interaction.params.invitation);
  if (refusal) {
    await finish(ctx, interaction, { error: 'access_denied', error_description: refusal });
    return;
  }
  if (interaction.session?.accountId && interaction.session.accountId !== user.userId) {
    await forgetSession(provider, interaction);
  }
  await finish(ctx, interaction, {
    login: { accountId: user.userId, ts: epochSeconds() },
    select_account: {},
    create: {},
  });
}

async function finish(ctx: Context, interaction: Interaction, result: Interaction['result']): Promise<void> {
  interaction.result = result;
  await interaction.save(interaction.exp - epochSeconds());
  ctx.status = 303;
  ctx.redirect(interaction.returnTo);
}

/** Another user logs in on the same browser: the session of the first one ends here, without a page in between. */
async function forgetSession(provider: Provider, interaction: Interaction): Promise<void> {
  const session = await provider.Session.findByUid(interaction.session!.uid);
  await session?.destroy();
  interaction.session = undefined;
}

function organizationOf(tenant: Tenant, interaction: Interaction): TenantOrganization | undefined {
  const { organization } = interaction.params;
  return typeof organization === 'string' ? organizationNamed(tenant, organization) : undefined;
}

/** Takes a member in, or the person invited; otherwise says why not. */
function admit(organization: TenantOrganization, user: TenantUser, invitation: unknown): string | undefined {
  const invited = typeof invitation === 'string' ? organization.invitations?.[invitation] : undefined;
  if (invited !== undefined) {
    if (invited.toLowerCase() !== user.email.toLowerCase()) return 'the invitation was sent to another e-mail';
    organization.members = [...new Set([...organization.members, user.userId])];
    delete organization.invitations![String(invitation)];
  }
  return organization.members.includes(user.userId)
    ? undefined
    : `user ${user.userId} is not part of the ${organization.id} organization`;
}
