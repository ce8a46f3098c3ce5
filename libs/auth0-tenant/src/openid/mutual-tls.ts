import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Configuration } from 'oidc-provider';
import { clientCertificate } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';

type MutualTlsFeature = NonNullable<NonNullable<Configuration['features']>['mTLS']>;

/** Client certificates, where the tenant serves HTTPS. */
export function mutualTlsFeature(tenant: Tenant): MutualTlsFeature {
  return {
    enabled: tenant.options.tls !== undefined,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: true,
    getCertificate: (ctx) => clientCertificate(ctx),
    certificateAuthorized: (ctx) => ctx.req.socket instanceof TLSSocket && ctx.req.socket.authorized,
    certificateSubjectMatches: (ctx, property, expected) =>
      property === 'tls_client_auth_subject_dn' && subjectNames(ctx.req.socket).includes(expected),
  };
}

/** The subject as Node writes it (a line each) and as RFC 4514 does (commas, most specific first). */
function subjectNames(socket: Socket): string[] {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const lines = certificate?.subject.split('\n') ?? [];
  return [lines.join('\n'), lines.join(','), lines.toReversed().join(',')];
}
