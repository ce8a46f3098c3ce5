const GOOGLE = 'https://www.googleapis.com/auth/';

/**
 * What a scope lets the app do, in words a person would use. A scope that is not here is shown as it is: add it.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/scopes
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 * @see https://docs.slack.dev/reference/scopes
 */
const WORDS: Readonly<Record<string, string>> = {
  openid: 'Know which account it is',
  email: 'See your mail address',
  profile: 'See your name and picture',
  offline_access: 'Keep working while you are away',
  [`${GOOGLE}userinfo.email`]: 'See your mail address',
  [`${GOOGLE}userinfo.profile`]: 'See your name and picture',
  [`${GOOGLE}calendar`]: 'See, change and delete all your calendars',
  [`${GOOGLE}calendar.readonly`]: 'See your calendars',
  [`${GOOGLE}calendar.events`]: 'See and change the events in your calendars',
  [`${GOOGLE}calendar.events.readonly`]: 'See the events in your calendars',
  [`${GOOGLE}calendar.freebusy`]: 'See when you are free or busy',
  [`${GOOGLE}gmail.readonly`]: 'Read your mail',
  [`${GOOGLE}drive.readonly`]: 'See your files in Google Drive',
  [`${GOOGLE}contacts.readonly`]: 'See your contacts',
  repo: 'See and change all your repositories, private ones too',
  public_repo: 'See and change your public repositories',
  'read:user': 'See your profile',
  'user:email': 'See your mail addresses',
  'read:org': 'See which organizations you belong to',
  gist: 'Write gists',
  'channels:read': 'See the public channels of your workspace',
  'groups:read': 'See the private channels you are in',
  'im:read': 'See that you have direct messages',
  'mpim:read': 'See that you have group messages',
  'users:read': 'See who is in your workspace',
  'chat:write': 'Write messages for you',
};

/** A permission as the pages show it. */
export interface Permission {
  /** The scope itself, for whoever wants to know exactly. */
  scope: string;
  words: string;
}

/** Scopes in words; two that say the same are said once. */
export function permissionsOf(scopes: readonly string[]): Permission[] {
  const permissions = new Map<string, Permission>();
  for (const scope of scopes) {
    const words = (Object.hasOwn(WORDS, scope) ? WORDS[scope] : undefined) ?? scope;
    if (!permissions.has(words)) permissions.set(words, { scope, words });
  }
  return [...permissions.values()];
}
