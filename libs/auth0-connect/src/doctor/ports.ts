/** Looks how the application is set up at Auth0, and changes nothing there. */
export interface TenantProbe {
  /** How far this machine's clock is behind Auth0's, in milliseconds. @throws Auth0UnavailableError and the like */
  clockLag(issuerOrigin: string): Promise<number>;
  /** The OAuth error that a request of a grant is refused with that has nothing valid in it but the client. */
  refusalOf(issuerOrigin: string, client: 'login' | 'api', grant: ProbedGrant): Promise<string>;
  /** Where Auth0 sends a browser that nobody has logged in with; undefined for a page of its own. */
  leadsTo(url: string): Promise<URL | undefined>;
}

export type ProbedGrant = 'authorization_code' | 'refresh_token' | 'token_vault';

export const TENANT_PROBE = Symbol('auth0-connect:tenant-probe');

/** What a database lacks that the library needs. */
export interface TablesProbe {
  /** @returns what to do about it, nothing when all is there. @throws StorageUnavailableError */
  problems(): Promise<string[]>;
}

export const TABLES_PROBE = Symbol('auth0-connect:tables-probe');
