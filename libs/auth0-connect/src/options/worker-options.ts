import { resolveClientAuth, type ClientAuth } from './client-auth.js';
import { readClientSigningKeys, type PrivateKey, type ClientSigningKey } from './client-signing-keys.js';

const LONGEST_AUDIT_CONTEXT = 256;

/**
 * The privileged worker: an application that Auth0 allows to get the provider tokens of any user, by a request it signs
 * itself. Treat its key as you would the passwords of all users.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/privileged-worker-token-exchange
 */
export interface WorkerOptions {
  /** Default: the application's own. With another one the worker proves by `privateKey` who it is, unless there is a `clientSecret`. */
  clientId?: string;
  /** Only with a `clientId` that authenticates by a secret. */
  clientSecret?: string;
  /** RSA of at least 2048 bits: PEM, a JWK or a `CryptoKey`. Its public key is registered with the client in Auth0. */
  privateKey: PrivateKey;
  /** `kid`: the id that Auth0 shows for the public key. */
  keyId?: string;
  /** Why tokens are fetched, for Auth0's log: 1 to 256 characters, nothing personal. */
  auditContext: string;
}

/** A privileged worker, checked. */
export interface ResolvedWorker {
  readonly clientId: string;
  /** Undefined: as the application does. */
  readonly clientAuth: ClientAuth | undefined;
  readonly signingKey: ClientSigningKey;
  readonly auditContext: string;
}

/** How work without a person is done, checked. */
export interface ResolvedBackgroundWork {
  readonly worker: ResolvedWorker | undefined;
  readonly backgroundWork: boolean;
}

/** @returns how work without a person is done, and what is wrong with the options. */
export function resolveBackgroundWork(given: { clientId?: unknown; worker?: unknown; backgroundWork?: unknown }): {
  work: ResolvedBackgroundWork;
  problems: string[];
} {
  const problems: string[] = [];
  const { worker, backgroundWork } = given;
  if (backgroundWork !== undefined && typeof backgroundWork !== 'boolean') {
    problems.push('backgroundWork must be true or false');
  }
  if (worker !== undefined && backgroundWork === false) {
    problems.push('worker works without a session: leave backgroundWork out, or set it to true');
  }
  return {
    work: {
      worker: worker === undefined ? undefined : resolveWorker(worker, String(given.clientId), problems),
      backgroundWork: backgroundWork === true || worker !== undefined,
    },
    problems,
  };
}

function resolveWorker(given: unknown, applicationId: string, problems: string[]): ResolvedWorker | undefined {
  const options = (typeof given === 'object' && given !== null ? given : {}) as Partial<Record<string, unknown>>;
  if (options !== given) problems.push('worker must be an object, such as { privateKey, auditContext }');
  const { clientId, clientSecret, privateKey, keyId, auditContext } = options;
  if (clientId !== undefined && (typeof clientId !== 'string' || clientId.trim() === '')) {
    problems.push('worker.clientId must be the id of a client at Auth0');
  }
  if (clientSecret !== undefined && (clientId === undefined || typeof clientSecret !== 'string')) {
    problems.push('worker.clientSecret must be a string, and goes with a clientId of its own');
  }
  if (typeof auditContext !== 'string' || auditContext.trim() === '' || auditContext.length > LONGEST_AUDIT_CONTEXT) {
    problems.push(`worker.auditContext is required, of 1 to ${LONGEST_AUDIT_CONTEXT} characters`);
  }
  if (privateKey === undefined) problems.push('worker.privateKey is required');
  if (Array.isArray(privateKey)) problems.push('worker.privateKey must be one key, not a list');
  if (privateKey === undefined || Array.isArray(privateKey)) return undefined;
  // Auth0 takes RS256 and nothing else from a worker.
  const [signingKey] = readClientSigningKeys('worker.privateKey', privateKey, { keyId, algorithm: 'RS256' }, problems);
  if (!signingKey) return undefined;
  return {
    clientId: typeof clientId === 'string' ? clientId : applicationId,
    clientAuth: typeof clientId === 'string' ? clientAuthOf(clientSecret, signingKey) : undefined,
    signingKey,
    auditContext: String(auditContext),
  };
}

function clientAuthOf(clientSecret: unknown, signingKey: ClientSigningKey): ClientAuth {
  if (clientSecret === undefined) return { method: 'private_key_jwt', keys: [signingKey] };
  return resolveClientAuth(undefined, clientSecret).clientAuth;
}
