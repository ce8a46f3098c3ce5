/** Clocks differ: what Auth0 or a caller has signed is accepted so many seconds early or late. */
export const LEEWAY_SECONDS = 30;
