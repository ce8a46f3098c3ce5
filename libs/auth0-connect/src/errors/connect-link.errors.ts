import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * There is no such connect link: made up, damaged, deleted long after its end, of another instance or domain of the application,
 * or, for whoever asks for its state, another user's. Code `connect_link_not_found`, 404.
 */
export class ConnectLinkNotFoundError extends Auth0ConnectError {
  constructor() {
    super('connect_link_not_found', 404, 'There is no such link. Ask for another one where you got it');
  }
}

/** The connect link was not used in time. Code `connect_link_expired`, 410. */
export class ConnectLinkExpiredError extends Auth0ConnectError {
  constructor() {
    super('connect_link_expired', 410, 'This link has expired. Ask for another one where you got it');
  }
}

/**
 * The connect link has had its answer: a consent, or a refusal. It is good once, in one of several tabs. Code
 * `connect_link_used`, 410.
 */
export class ConnectLinkUsedError extends Auth0ConnectError {
  constructor() {
    super('connect_link_used', 410, 'This link was used already. Ask for another one where you got it');
  }
}

/**
 * The connect link is another user's, or is for another organization than the one that the person is logged in to. Nothing has
 * changed, and it stays good for its user. Code `connect_link_wrong_user`, 403.
 */
export class ConnectLinkWrongUserError extends Auth0ConnectError {
  constructor() {
    super(
      'connect_link_wrong_user',
      403,
      'This link was made for another user, or for another organization, than you are logged in as',
    );
  }
}
