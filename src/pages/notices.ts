import { fieldsOf, textOf } from '../providers/untrusted.js';
import { knownProvider } from '../providers/providers.js';

/** A line above a page about what has just happened. */
export interface Notice {
  /** `note`: nothing has gone wrong, the person has decided so. */
  tone: 'good' | 'note' | 'bad';
  text: string;
}

const DONE: Readonly<Record<string, (account: string) => string>> = {
  connected: (account) => `${account} is connected.`,
  disconnected: (account) => `${account} is disconnected, and its access tokens are gone.`,
};

const FAILED: Readonly<Record<string, (account: string) => string>> = {
  access_denied: (account) => `${account} was not connected: access was not granted.`,
  authorization_failed: (account) => `${account} was not connected: the provider ended the request with an error.`,
  account_conflict: (account) => `${account} was not connected: somebody has connected this account already.`,
  invalid_callback: (account) => `${account} was not connected: the answer could not be used. Try again.`,
};

const LOGIN_FAILED: Readonly<Record<string, string>> = {
  access_denied: 'You are not logged in: the login was cancelled.',
  authorization_failed: 'You are not logged in: the login ended with an error. Try again.',
  invalid_callback: 'You are not logged in: the answer could not be used. Try again.',
};

/**
 * What the query of a redirect back to a page says. Anybody can write a query, so only known codes count, and nothing
 * of it is repeated.
 */
export function noticeOf(query: unknown): Notice | undefined {
  const { done, error, connection } = fieldsOf(query);
  const name = textOf(connection);
  const account = (name !== undefined && knownProvider(name)?.label) || 'The account';
  const failure = textOf(error);
  if (failure === undefined) {
    const text = known(DONE, textOf(done) ?? '')?.(account);
    return text === undefined ? undefined : { tone: 'good', text };
  }
  const text = name === undefined ? known(LOGIN_FAILED, failure) : known(FAILED, failure)?.(account);
  return text === undefined ? undefined : { tone: failure === 'access_denied' ? 'note' : 'bad', text };
}

function known<T>(texts: Readonly<Record<string, T>>, code: string): T | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}
