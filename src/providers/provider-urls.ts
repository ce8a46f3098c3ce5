/** Where the providers' own APIs are. */
export interface ProviderUrls {
  googleCalendar: string;
  github: string;
  slack: string;
}

export const PROVIDER_URLS = Symbol('provider-urls');

/** The real APIs, or those that the local tenant plays. */
export function providerUrls(domain: string): ProviderUrls {
  if (!domain.startsWith('http://')) {
    return {
      googleCalendar: 'https://www.googleapis.com/calendar/v3',
      github: 'https://api.github.com',
      slack: 'https://slack.com/api',
    };
  }
  return {
    googleCalendar: `${domain}/upstream/google/calendar/v3`,
    github: `${domain}/upstream/github`,
    slack: `${domain}/upstream/slack/api`,
  };
}
