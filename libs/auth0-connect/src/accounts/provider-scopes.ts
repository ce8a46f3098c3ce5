import type { ScopeProvider } from '../options/scope-rules.js';

/** What a provider is known to do with the scopes it was asked for. Each row has its source. */
export interface ProviderScopes {
  readonly ignoresCase?: boolean;
  /** Left out of a name without changing its meaning. */
  readonly prefix?: string;
  /** A scope covers the one of its name with this at the end. */
  readonly readOnlySuffix?: string;
  /** Groups of names that mean one scope. */
  readonly same: readonly (readonly string[])[];
  /** Wider scopes, and those that each covers. What is covered covers on. */
  readonly covers: Readonly<Record<string, readonly string[]>>;
  /** Never in an answer, and granted all the same. */
  readonly notReturned: readonly (string | RegExp)[];
}

const GOOGLE = 'https://www.googleapis.com/auth/';

/** Connections whose name says what is behind them. */
export const PROVIDER_OF_CONNECTION: ReadonlyMap<string, ScopeProvider> = new Map([
  ['google-oauth2', 'google'],
  ['windowslive', 'microsoft'],
  ['github', 'github'],
  ['slack', 'slack'],
  ['slack-oauth-2', 'slack'],
  ['sign-in-with-slack', 'slack'],
]);

/** Of every provider: a refresh token is no right, OpenID Connect Core section 11. It is Auth0 that keeps it. */
export const NEVER_RETURNED = ['offline_access'];

export const PROVIDER_SCOPES: Readonly<Record<ScopeProvider, ProviderScopes>> = {
  google: {
    // https://developers.google.com/identity/protocols/oauth2/scopes: "View ..." beside "See, edit, create and delete ..."
    readOnlySuffix: '.readonly',
    same: [
      // https://developers.google.com/identity/openid-connect/openid-connect#scope-param
      ['email', `${GOOGLE}userinfo.email`],
      ['profile', `${GOOGLE}userinfo.profile`],
    ],
    covers: {
      // https://developers.google.com/workspace/calendar/api/auth
      [`${GOOGLE}calendar`]: [
        `${GOOGLE}calendar.events`,
        `${GOOGLE}calendar.freebusy`,
        `${GOOGLE}calendar.settings.readonly`,
        `${GOOGLE}calendar.calendarlist`,
        `${GOOGLE}calendar.calendars`,
        `${GOOGLE}calendar.acls`,
      ],
      [`${GOOGLE}calendar.readonly`]: [
        `${GOOGLE}calendar.events.readonly`,
        `${GOOGLE}calendar.freebusy`,
        `${GOOGLE}calendar.calendarlist.readonly`,
        `${GOOGLE}calendar.calendars.readonly`,
      ],
      [`${GOOGLE}calendar.events`]: [`${GOOGLE}calendar.events.owned`],
      // https://developers.google.com/workspace/gmail/api/auth/scopes
      'https://mail.google.com/': [`${GOOGLE}gmail.modify`, `${GOOGLE}gmail.insert`],
      [`${GOOGLE}gmail.modify`]: [
        `${GOOGLE}gmail.readonly`,
        `${GOOGLE}gmail.compose`,
        `${GOOGLE}gmail.labels`,
        `${GOOGLE}gmail.metadata`,
      ],
      [`${GOOGLE}gmail.compose`]: [`${GOOGLE}gmail.send`],
      [`${GOOGLE}gmail.readonly`]: [`${GOOGLE}gmail.metadata`],
      // https://developers.google.com/workspace/drive/api/guides/api-specific-auth
      [`${GOOGLE}drive`]: [`${GOOGLE}drive.file`, `${GOOGLE}drive.metadata`, `${GOOGLE}drive.appdata`],
      [`${GOOGLE}drive.readonly`]: [`${GOOGLE}drive.metadata.readonly`],
    },
    notReturned: [],
  },
  microsoft: {
    // https://learn.microsoft.com/entra/identity-platform/scopes-oidc: User.Read is https://graph.microsoft.com/User.Read
    prefix: 'https://graph.microsoft.com/',
    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow: asked "mail.read", answered "Mail.Read"
    ignoresCase: true,
    same: [],
    covers: {
      // https://learn.microsoft.com/graph/permissions-reference
      'Calendars.ReadWrite': ['Calendars.Read'],
      'Calendars.Read': ['Calendars.ReadBasic'],
      'Contacts.ReadWrite': ['Contacts.Read'],
      'Files.ReadWrite.All': ['Files.ReadWrite', 'Files.Read.All'],
      'Files.ReadWrite': ['Files.Read'],
      'Files.Read.All': ['Files.Read'],
      'Mail.ReadWrite': ['Mail.Read'],
      'Mail.Read': ['Mail.ReadBasic'],
      'MailboxSettings.ReadWrite': ['MailboxSettings.Read'],
      'Notes.ReadWrite.All': ['Notes.ReadWrite', 'Notes.Read.All'],
      'Notes.ReadWrite': ['Notes.Read', 'Notes.Create'],
      'Notes.Read.All': ['Notes.Read'],
      'Sites.ReadWrite.All': ['Sites.Read.All'],
      'Tasks.ReadWrite': ['Tasks.Read'],
      'User.ReadWrite': ['User.Read'],
    },
    notReturned: [
      // https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope: the single ones come back
      /(^|\/)\.default$/i,
    ],
  },
  github: {
    same: [],
    // https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps: "normalized", what is covered is left out
    covers: {
      repo: ['repo:status', 'repo_deployment', 'public_repo', 'repo:invite', 'security_events'],
      'admin:repo_hook': ['write:repo_hook'],
      'write:repo_hook': ['read:repo_hook'],
      'admin:org': ['write:org', 'manage_runners:org'],
      'write:org': ['read:org'],
      'admin:public_key': ['write:public_key'],
      'write:public_key': ['read:public_key'],
      'admin:gpg_key': ['write:gpg_key'],
      'write:gpg_key': ['read:gpg_key'],
      'admin:ssh_signing_key': ['write:ssh_signing_key'],
      'write:ssh_signing_key': ['read:ssh_signing_key'],
      'write:packages': ['read:packages'],
      'write:discussion': ['read:discussion'],
      project: ['read:project'],
      user: ['read:user', 'user:email', 'user:follow'],
    },
    notReturned: [],
  },
  slack: {
    same: [
      // https://docs.slack.dev/reference/scopes/chat.write: it replaces both
      ['chat:write', 'chat:write:user', 'chat:write:bot'],
      // https://docs.slack.dev/reference/scopes/files.write
      ['files:write', 'files:write:user'],
    ],
    covers: {},
    notReturned: [],
  },
};
