/** Injects the identifier of the app's own API in Auth0, or null where there is none. */
export const API_AUDIENCE = Symbol('api-audience');

/** What a caller's access token has to be good for. */
export const READ_EVENTS = 'read:events';
