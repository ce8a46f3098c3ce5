const GOOGLE = 'https://www.googleapis.com/auth/';

/** What the best known scopes of the providers allow, in words: a provider's own page does not show them by their names. */
const WORDS = new Map([
  ['openid', 'Know which account it is'],
  ['email', 'See your mail address'],
  ['profile', 'See your name and picture'],
  ['offline_access', 'Keep working while you are away'],
  [`${GOOGLE}calendar`, 'See, change and delete all your calendars'],
  [`${GOOGLE}calendar.readonly`, 'See your calendars'],
  [`${GOOGLE}calendar.events`, 'See and change the events in your calendars'],
  [`${GOOGLE}calendar.events.readonly`, 'See the events in your calendars'],
  ['repo', 'See and change all your repositories, private ones too'],
  ['public_repo', 'See and change your public repositories'],
  ['read:user', 'See your profile'],
  ['user:email', 'See your mail addresses'],
  ['channels:read', 'See the public channels of your workspace'],
  ['chat:write', 'Write messages for you'],
  ['users:read', 'See who is in your workspace'],
  ['Calendars.Read', 'See your calendars'],
  ['Calendars.ReadWrite', 'See and change your calendars'],
]);

/** A scope as the consent page shows it; without words where it is not known. */
export function permissionOf(scope: string): { scope: string; words?: string } {
  return { scope, words: WORDS.get(scope) };
}
