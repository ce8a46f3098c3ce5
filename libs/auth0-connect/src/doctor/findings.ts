const APPLICATION = 'Applications > Applications > your application';

/** What is looked at, what is said where it is not right, and what to do in Auth0's dashboard. */
export const CATALOGUE = {
  domain: {
    looksAt: 'Auth0 answers at the domain',
    wrong: 'Auth0 does not answer at this domain as its issuer',
    remedy: `Compare it with ${APPLICATION} > Settings > Domain, with "http://" before a local tenant's; behind a proxy see NODE_USE_ENV_PROXY`,
  },
  clock: {
    looksAt: 'the clock agrees with Auth0’s',
    wrong: 'The clock of this machine is off by more than 30 seconds',
    remedy: 'Switch on NTP',
  },
  client_credentials: {
    looksAt: 'client id and secret, or whatever authenticates the application',
    wrong: 'Auth0 does not take the credentials of the client',
    remedy: `Compare Client ID and Client Secret with ${APPLICATION} > Settings, and the method with its Credentials`,
  },
  grant_authorization_code: {
    looksAt: 'the grant Authorization Code',
    wrong: 'The application may not use this grant',
    remedy: `${APPLICATION} > Settings > Advanced Settings > Grant Types: Authorization Code`,
  },
  grant_refresh_token: {
    looksAt: 'the grant Refresh Token',
    wrong: 'The application may not use this grant',
    remedy: `${APPLICATION} > Settings > Advanced Settings > Grant Types: Refresh Token`,
  },
  grant_token_vault: {
    looksAt: 'the grant Token Vault',
    wrong: 'The application may not use this grant',
    remedy: `${APPLICATION} > Settings > Advanced Settings > Grant Types: Token Vault; and Refresh Token Rotation is off, with which it is refused alike`,
  },
  pushed_authorization_requests: {
    looksAt: 'whether authorization requests are pushed where Auth0 wants it so, and taken where the option says so',
    wrong: 'Auth0 and the option pushedAuthorizationRequests do not agree',
    remedy: `${APPLICATION} > Settings > Advanced Settings, or the option pushedAuthorizationRequests`,
  },
  callback_url: {
    looksAt: 'the callback of a login',
    wrong: 'Auth0 does not send a browser there',
    remedy: `${APPLICATION} > Settings > Allowed Callback URLs: add it, to the letter`,
  },
  connect_callback_url: {
    looksAt: 'the callback of a connect, where it is another',
    wrong: 'Auth0 does not send a browser there',
    remedy: `${APPLICATION} > Settings > Allowed Callback URLs: add it, to the letter`,
  },
  logout_url: {
    looksAt: 'where a logout leads back to',
    wrong: 'Auth0 does not send a browser there',
    remedy: `${APPLICATION} > Settings > Allowed Logout URLs: add it, to the letter`,
  },
  audience: {
    looksAt: 'the API whose audience a login asks for',
    wrong: 'Auth0 gives this application no token for it',
    remedy: 'Applications > APIs: an API with this Identifier, which the application may access',
  },
  api_client: {
    looksAt: 'credentials and Token Vault grant of the API’s own client',
    wrong: 'The client of the API cannot exchange tokens',
    remedy: 'Applications > APIs > your API: its Custom API Client, with the grant Token Vault; the option apiClient',
  },
  offline_access: {
    looksAt: 'whether a login gives a refresh token',
    wrong: 'A login gave no refresh token',
    remedy:
      'offline_access among the scopes; with an audience Applications > APIs > your API > Settings > Allow Offline Access',
  },
  refresh_token_rotation: {
    looksAt: 'whether refresh tokens stay the same',
    wrong: 'Refresh tokens rotate: Token Vault does not work with it',
    remedy: `${APPLICATION} > Settings > Refresh Token Rotation: off`,
  },
  my_account: {
    looksAt: 'whether the refresh token gives tokens for the My Account API, with its scopes for connected accounts',
    wrong: 'The refresh token does not give what connecting accounts takes',
    remedy: `Applications > APIs > My Account API: activated, the application authorized with these scopes; ${APPLICATION} > Settings > Multi-Resource Refresh Token: the same`,
  },
  connections: {
    looksAt: 'whether there is a provider to connect',
    wrong: 'No connection is offered to this application',
    remedy:
      'Authentication > Social > a connection: Purpose Connected Accounts for Token Vault; Applications: switch on yours',
  },
  database: {
    looksAt: 'whether the database answers, and has the tables of this version',
    wrong: 'The database is not ready',
    remedy: 'docs/migrations.md',
  },
} as const;

/** What a finding is about; docs/doctor.md lists them. */
export type FindingCode = keyof typeof CATALOGUE;

/** What no request of the application can tell, and where to look. */
export const UNSEEN: readonly string[] = [
  'Whether the My Account API is off, or has no policy for the application: Auth0 refuses both alike. Applications > APIs > My Account API tells',
  'Whether a connection’s purpose is Connected Accounts, and its provider gives offline access: Authentication > Social > the connection',
  'Whether the multi-factor policy is Always, which Token Vault refuses: Security > Multi-factor Auth',
  `Where logout tokens go: ${APPLICATION} > Settings > OpenID Connect Back-Channel Logout`,
  `For how long refresh tokens live: ${APPLICATION} > Settings > Refresh Token Expiration`,
];

/** One thing that was looked at. */
export interface Finding {
  /** Stable. */
  readonly code: FindingCode;
  /** The address, domain or name that it is about. */
  readonly about: string;
  /** `unknown`: Auth0 has answered something else than either; `seen` says what. */
  readonly state: 'well' | 'wrong' | 'unknown';
  /** What Auth0 or the database said, without secrets. */
  readonly seen?: string;
  /** What is wrong. */
  readonly says?: string;
  /** In the dashboard's own names. */
  readonly remedy?: string;
}

/** A finding in the catalogue's words. */
export function finding(code: FindingCode, about: string, state: Finding['state'], seen?: string): Finding {
  if (state !== 'wrong') return { code, about, state, ...(seen !== undefined && { seen }) };
  const { wrong, remedy } = CATALOGUE[code];
  return { code, about, state, ...(seen !== undefined && { seen }), says: wrong, remedy };
}
