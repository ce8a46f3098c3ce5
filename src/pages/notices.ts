import { fieldsOf, textOf } from '../providers/untrusted.js';
import { knownProvider } from '../providers/providers.js';

/** A line above a page about what has just happened. */
export interface Notice {
  /** `note`: nothing has gone wrong, the person has decided so. */
  tone: 'good' | 'note' | 'bad';
  text: string;
}

const DONE: Readonly<Record<string, (account: string, name?: string) => string>> = {
  connected: (account) => `${account} is connected.`,
  disconnected: (account, name) =>
    `${name === undefined ? account : `Your ${account} account ${name}`} is disconnected, and its access tokens are gone.`,
  disconnected_one: (account, name) =>
    `${name === undefined ? `That ${account} account` : `Your ${account} account ${name}`} is disconnected, and its access tokens are gone. Your others stay.`,
  named: (account) => `${account} has its address now.`,
  chosen: (account) => `The pages use this account of ${account} from now on.`,
  session_ended: () => 'That login has ended.',
  logged_out_everywhere: () => 'You are logged out everywhere.',
};

/** What a person asked for and did not get, for a reason of their own. */
const NOT_DONE: Readonly<Record<string, (account: string) => string>> = {
  gone: () => 'That account is not connected any more.',
  not_named: (account) => `${account} knows no connected account of yours by that address.`,
};

const LATER = 'Auth0 cannot be reached at the moment. Try again in a while.';

const FAILED: Readonly<Record<string, (account: string) => string>> = {
  access_denied: (account) => `${account} was not connected: access was not granted.`,
  authorization_failed: (account) => `${account} was not connected: the provider ended the request with an error.`,
  account_conflict: (account) => `${account} was not connected: somebody has connected this account already.`,
  auth0_unavailable: (account) => `${account} was not connected: ${LATER}`,
  invalid_callback: (account) => `${account} was not connected: the answer could not be used. Try again.`,
  callback_failed: (account) => `${account} was not connected: something went wrong here. Try again in a moment.`,
  invalid_auth0_response: (account) => `${account} was not connected: the answer could not be used. Try again.`,
  invalid_state: (account) => `${account} was not connected: it was begun elsewhere, or too long ago. Try again.`,
  login_required: (account) => `${account} was not connected: your login had ended. Log in and try again.`,
  provider_unavailable: (account) =>
    `${account} was not connected: the provider cannot be reached. Try again in a while.`,
  rate_limited: (account) => `${account} was not connected: ${LATER}`,
  storage_failed: (account) => `${account} was not connected: something went wrong here. Try again in a moment.`,
  storage_unavailable: (account) => `${account} was not connected: something went wrong here. Try again in a moment.`,
};

const LOGIN_FAILED: Readonly<Record<string, string>> = {
  access_denied: 'The login was cancelled.',
  auth0_misconfigured: 'The login was not completed: this application is not set up correctly.',
  auth0_refused: 'The login was not completed: Auth0 refused it.',
  auth0_unavailable: `The login was not completed: ${LATER}`,
  authorization_failed: 'The login ended with an error. Try again.',
  callback_failed: 'The login was not completed: something went wrong here. Try again in a moment.',
  invalid_auth0_response: 'The login was not completed: the answer could not be used. Try again.',
  invalid_callback: 'The login was not completed: the answer could not be used. Try again.',
  invalid_state: 'The login was not completed: it was begun elsewhere, or too long ago. Log in again.',
  organization_mismatch: 'The login was not completed: it was for another organization. Log in again.',
  login_required: 'Your login had ended. Log in again.',
  rate_limited: `The login was not completed: ${LATER}`,
  storage_failed: 'The login was not completed: something went wrong here. Try again in a moment.',
  storage_unavailable: 'The login was not completed: something went wrong here. Try again in a moment.',
  session_expiry_passed: 'The login was over before it was completed. Log in again.',
};

/**
 * What the query of a redirect back to a page says. Anybody can write a query, so only known codes count, and nothing
 * of it is repeated.
 */
export function noticeOf(query: unknown, isLoggedIn = false, accountName?: string): Notice | undefined {
  const { done, connection, auth0_connect_error: error, auth0_connect_connection: failed } = fieldsOf(query);
  const name = textOf(error === undefined ? connection : failed);
  const account = (name !== undefined && knownProvider(name)?.label) || 'The account';
  const failure = textOf(error);
  if (failure === undefined) {
    const text = known(DONE, textOf(done) ?? '')?.(account, accountName);
    if (text !== undefined) return { tone: 'good', text };
    const reason = known(NOT_DONE, textOf(done) ?? '')?.(account);
    return reason === undefined ? undefined : { tone: 'note', text: reason };
  }
  // Somebody who is logged in, perhaps by another tab, has got over a login that failed.
  if (name === undefined && isLoggedIn) return undefined;
  const text = name === undefined ? known(LOGIN_FAILED, failure) : known(FAILED, failure)?.(account);
  return text === undefined ? undefined : { tone: failure === 'access_denied' ? 'note' : 'bad', text };
}

function known<T>(texts: Readonly<Record<string, T>>, code: string): T | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}
