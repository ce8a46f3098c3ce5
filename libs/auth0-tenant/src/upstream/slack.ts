import type { UpstreamApi } from './upstream-api.js';

/** Slack: the channels of a workspace. The real API says 200 to everything; this one also uses the status. */
export const slackChannels: UpstreamApi = {
  methods: ['GET', 'POST'],
  schemes: ['bearer'],
  takesTokenInForm: true,
  path: '/upstream/slack/api/conversations.list',
  strategy: 'slack',
  scopes: ['channels:read', 'groups:read', 'im:read', 'mpim:read'],
  body: ({ providerAccount }) => ({
    ok: true,
    channels: ['general', 'random', `team-${providerAccount.email.split('@')[0]}`].map((name, index) => ({
      id: `C0${index}LOCAL`,
      name,
      is_channel: true,
      is_private: false,
      is_archived: false,
      is_member: true,
      num_members: 12 - index,
      topic: { value: '', creator: '', last_set: 0 },
      purpose: { value: `All about ${name}`, creator: '', last_set: 0 },
    })),
    response_metadata: { next_cursor: '' },
  }),
  unauthorized: (ctx) => {
    ctx.status = 401;
    ctx.body = { ok: false, error: ctx.get('authorization') ? 'invalid_auth' : 'not_authed' };
  },
  forbidden: (ctx, token) => {
    ctx.status = 403;
    ctx.body = { ok: false, error: 'missing_scope', needed: 'channels:read', provided: token.scopes.join(',') };
  },
};
