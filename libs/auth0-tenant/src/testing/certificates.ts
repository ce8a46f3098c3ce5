import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { issueCertificate, type Certificate } from '../tls/certificates.js';

/** A certificate with its key, which is also there to sign with. */
export interface TestCertificate extends Certificate {
  privateKey: KeyObject;
}

/** Makes a certificate for localhost, signed by `issuer`, or by itself as an authority. */
export function certificate(commonName: string, issuer?: Certificate): TestCertificate {
  const hostnames = ['localhost', '127.0.0.1'];
  const made = issueCertificate({ commonName, hostnames, isAuthority: !issuer }, issuer);
  return { ...made, privateKey: createPrivateKey(made.key) };
}

/** The certificate as the `x5c` of a key set has it. */
export function x5c({ cert }: Certificate): string {
  return new X509Certificate(cert).raw.toString('base64');
}
