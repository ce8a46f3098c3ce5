/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue | undefined };

interface PendingRedirect {
  /** The Auth0 domain it was begun at, an origin. */
  readonly issuerOrigin: string;
  readonly codeVerifier: string;
  /** The same bytes as at the start, whatever host the callback arrives under. */
  readonly redirectUri: string;
  readonly returnTo: string;
  readonly appState?: JsonValue;
}

export interface LoginTransaction extends PendingRedirect {
  readonly kind: 'login';
  /** By the clock of the process that began it, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly nonce: string;
  readonly audience?: string;
  readonly scope: string;
  /** Id or name of the one that was asked for: nobody gets in from another. */
  readonly organization?: string;
  readonly maxAgeSeconds?: number;
  /** What the tokens will be bound to, a private JWK as JSON. */
  readonly dpopKey?: string;
}

export interface ConnectTransaction extends PendingRedirect {
  readonly kind: 'connect';
  readonly authSession: string;
  readonly connection: string;
  /** Which account of the connection was asked for. */
  readonly loginHint?: string;
  readonly scopes: readonly string[];
  /** Of the connect link that it answers, a digest. */
  readonly linkId?: string;
}

/** A login or a connect that waits for the browser to come back. */
export type Transaction = LoginTransaction | ConnectTransaction;
