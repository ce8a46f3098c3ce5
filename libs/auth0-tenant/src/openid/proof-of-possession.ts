import { createHash, X509Certificate } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { epochSeconds } from '../identifiers.js';
import { PROOF_WINDOW, type DpopNonces, type OneTimeIds } from '../state/proof-memory.js';

/** The algorithms of a proof, as the discovery document names them. */
export const DPOP_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'];

/** A DPoP proof (RFC 9449) that does not prove what it should. */
export class DpopProofError extends Error {
  constructor(
    readonly code: 'invalid_dpop_proof' | 'use_dpop_nonce',
    message: string,
    /** The nonce to use instead. */
    readonly nonce?: string,
  ) {
    super(message);
    this.name = 'DpopProofError';
  }
}

/** What a proof has to fit. */
export interface ExpectedProof {
  proof: string;
  method: string;
  /** Without query and fragment. */
  url: string;
  /** The access token it comes with; none at the token endpoint. */
  accessToken?: string;
  /** Whether a nonce of ours is needed where the tenant asks for nonces. Default: beside an access token. */
  needsNonce?: boolean;
  /** The thumbprint of the key that the token is bound to. */
  thumbprint: string;
}

/** What the tenant remembers of proofs, and whether it asks for nonces. */
export interface ProofMemory {
  readonly proofIds: OneTimeIds;
  readonly nonces: DpopNonces;
  readonly options: { readonly dpopNonce: boolean };
}

/** Checks the proof that comes with a token that is bound to a key. Every proof is good once. */
export async function verifyDpopProof(memory: ProofMemory, expected: ExpectedProof): Promise<void> {
  const { payload, protectedHeader } = await decode(expected.proof);
  const now = epochSeconds();
  if (typeof payload.jti !== 'string' || payload.jti === '') throw wrong('jti is missing');
  if (payload.htm !== expected.method) throw wrong('htm is not the method');
  if (withoutQuery(payload.htu) !== expected.url) throw wrong('htu is not the URL');
  if (typeof payload.iat !== 'number' || Math.abs(now - payload.iat) > PROOF_WINDOW) throw wrong('iat is not recent');
  if (payload.ath !== hashOf(expected.accessToken)) throw wrong('ath is not of this access token');
  if ((await calculateJwkThumbprint(protectedHeader.jwk!)) !== expected.thumbprint)
    throw wrong('the key is not the one of the token');
  // The nonces of grants that oidc-provider deals with are its own.
  const { needsNonce = expected.accessToken !== undefined } = expected;
  if (memory.options.dpopNonce && needsNonce && !memory.nonces.isGood(payload.nonce)) {
    throw new DpopProofError('use_dpop_nonce', 'a nonce is required in the DPoP proof', memory.nonces.current());
  }
  if (!memory.proofIds.useOnce(`${expected.thumbprint} ${payload.jti}`, now + PROOF_WINDOW * 2)) {
    throw wrong('the proof was used before');
  }
}

/** The key that a proof was made with. @throws DpopProofError */
export async function proofKeyOf(proof: string): Promise<string> {
  return calculateJwkThumbprint((await decode(proof)).protectedHeader.jwk!);
}

function hashOf(accessToken: string | undefined): string | undefined {
  return accessToken && createHash('sha256').update(accessToken).digest('base64url');
}

function wrong(message: string): DpopProofError {
  return new DpopProofError('invalid_dpop_proof', message);
}

async function decode(proof: string) {
  try {
    return await jwtVerify<Record<string, unknown>>(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: DPOP_ALGORITHMS,
      currentDate: new Date(Date.now()),
    });
  } catch {
    throw new DpopProofError(
      'invalid_dpop_proof',
      proof ? 'the proof is not a valid dpop+jwt' : 'the proof is missing',
    );
  }
}

function withoutQuery(htu: unknown): string | undefined {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return undefined;
  const url = new URL(htu);
  url.search = '';
  url.hash = '';
  return url.href;
}

/** The `x5t#S256` of a PEM certificate. */
export function certificateThumbprint(pem: string | undefined): string | undefined {
  return pem && createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
}
