import { digest } from '../shared/digest.js';

/** How long a link can be opened. */
export const DEFAULT_LINK_SECONDS = 600;
export const SHORTEST_LINK_SECONDS = 30;
export const LONGEST_LINK_SECONDS = 3600;
/** A consent that was begun in time may be given for so long after the link's end. */
export const CONSENT_MS = 10 * 60 * 1000;
/** For whoever still asks how it ended. */
export const KEEP_ENDED_MS = 60 * 60 * 1000;

/**
 * `pending`: nobody has opened it; `opened`: its user has, and is asked for consent; `answered`: an answer is being looked at;
 * the others are how it ended.
 */
export type ConnectLinkState = 'pending' | 'opened' | 'answered' | 'connected' | 'failed';

/** What a link is for, and for whom. Nothing of it changes while the link is there. */
export interface ConnectLinkNeed {
  /** Names instance, domain and user. */
  readonly userKey: string;
  /** A login at one organization is none at another. */
  readonly orgId?: string;
  /** The Auth0 domain, an origin. */
  readonly issuerOrigin: string;
  readonly connection: string;
  readonly scopes: readonly string[];
  readonly loginHint?: string;
  /** Where the person goes on; undefined for the page that says done. */
  readonly returnTo?: string;
  /** At which of the application's addresses it is opened. */
  readonly appBaseUrl: string;
}

/** A link as it is stored. */
export interface StoredConnectLink {
  /** Digest of the token. */
  readonly id: string;
  /** What its address ends with. */
  readonly token: string;
  readonly need: ConnectLinkNeed;
  readonly createdAt: number;
  /** Milliseconds since the epoch, until which it can be opened. */
  readonly expiresAt: number;
  readonly state: ConnectLinkState;
  /** Why it failed, a code of ours. */
  readonly failure?: string;
}

/** Tells what is needed apart, for whoever has a pending link for it. */
export function needKeyOf(need: ConnectLinkNeed): string {
  const { userKey, orgId, connection, loginHint, returnTo, appBaseUrl } = need;
  const optional = [orgId, loginHint, returnTo].map((value) => JSON.stringify(value ?? null));
  return digest('connect-link', userKey, appBaseUrl, connection, ...optional, ...need.scopes.toSorted());
}

/** When nobody asks for it any more. */
export function purgeTimeOf({ expiresAt }: Pick<StoredConnectLink, 'expiresAt'>): number {
  return expiresAt + CONSENT_MS + KEEP_ENDED_MS;
}
