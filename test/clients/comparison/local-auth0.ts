import { createHash } from 'node:crypto';
import type { Person } from '../../support/person.js';

/** A server that stands in for Auth0, as the questions of the comparison need it. */
export interface LocalAuth0 {
  /** What the server is called in the README. */
  readonly name: string;
  readonly issuer: string;
  readonly client: { clientId: string; clientSecret: string };
  readonly callback: string;
  /** Logs somebody in: the URL that the browser is sent back to, or nothing when the request is refused. */
  authorize(parameters: Record<string, string>, person?: Person): Promise<URL | undefined>;
  stop(): Promise<void>;
}

/** The verifier of every login here, and its challenge. */
const VERIFIER = 'a-code-verifier-of-the-comparison-which-is-long-enough';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** The answer of the token endpoint. */
export interface Tokens {
  status: number;
  body: Record<string, unknown>;
}

/** The metadata of the server. */
export async function metadata({ issuer }: LocalAuth0): Promise<Record<string, unknown>> {
  const response = await fetch(new URL('.well-known/openid-configuration', slashed(issuer)));
  return (await response.json()) as Record<string, unknown>;
}

/** Posts a form to the token endpoint, as the client unless it says otherwise. */
export async function token(
  server: LocalAuth0,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Tokens> {
  const { token_endpoint: endpoint } = await metadata(server);
  const { clientId, clientSecret } = server.client;
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
  const response = await fetch(String(endpoint), { method: 'POST', headers, body });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
  } catch {
    return { status: response.status, body: {} };
  }
}

/** The parameters of a usual authorization request. */
export function parameters(
  { client, callback }: LocalAuth0,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: callback,
    scope: 'openid profile email offline_access',
    state: 'state',
    nonce: 'nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...more,
  };
}

/** The code of a login. */
export async function code(server: LocalAuth0, more: Record<string, string> = {}): Promise<string> {
  const back = await server.authorize(parameters(server, more));
  return back?.searchParams.get('code') ?? '';
}

/** The tokens for a code. */
export async function exchange(
  server: LocalAuth0,
  given: string,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Tokens> {
  const form = {
    grant_type: 'authorization_code',
    code: given,
    redirect_uri: server.callback,
    code_verifier: VERIFIER,
  };
  return token(server, { ...form, ...more }, headers);
}

/** A whole login. */
export async function login(server: LocalAuth0, more: Record<string, string> = {}): Promise<Tokens> {
  return exchange(server, await code(server, more));
}

function slashed(issuer: string): string {
  return issuer.endsWith('/') ? issuer : `${issuer}/`;
}
