import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** A certificate with its private key, in PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate for the tenant's host names, and the authority to trust because of which it is trusted. */
export interface LocalCertificate extends Certificate {
  /** The authority's certificate in PEM. Its key is thrown away, so that it never signs anything else. */
  authority: string;
}

/** What a certificate says. */
export interface CertificateSubject {
  commonName: string;
  /** Host names and addresses it is good for. */
  hostnames?: string[];
  /** It may sign other certificates. */
  isAuthority?: boolean;
  /** Default 365. */
  validDays?: number;
}

const DAY_MS = 86_400_000;

/** Makes a certificate authority and a certificate of it. */
export function createLocalCertificate(hostnames: string[]): LocalCertificate {
  // A name of its own: beside a trusted one of the same name, OpenSSL reports a broken signature, not a stranger.
  const commonName = `auth0-local-tenant ${randomBytes(4).toString('hex')}`;
  const authority = issueCertificate({ commonName, isAuthority: true });
  const { key, cert } = issueCertificate({ commonName: hostnames[0] ?? 'localhost', hostnames }, authority);
  return { key, cert, authority: authority.cert };
}

/** Makes a certificate, signed by an authority or else by itself. */
export function issueCertificate(subject: CertificateSubject, issuer?: Certificate): Certificate {
  const { commonName, hostnames = [], isAuthority = false, validDays = 365 } = subject;
  // Node makes keys in a moment, where JavaScript would take seconds.
  const { publicKey, privateKey: key } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  const name = [{ shortName: 'CN', value: commonName }];
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // Positive, as X.509 wants it, and without padding in front, which one of 512 random numbers would have.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + validDays * DAY_MS);
  certificate.setSubject(name);
  certificate.setIssuer(issuer ? forge.pki.certificateFromPem(issuer.cert).subject.attributes : name);
  certificate.setExtensions(isAuthority ? authorityExtensions() : serverExtensions(hostnames));
  certificate.sign(forge.pki.privateKeyFromPem(issuer?.key ?? key), forge.md.sha256.create());
  return { key, cert: forge.pki.certificateToPem(certificate) };
}

/** Whether a certificate is good for these names, today and for a week to come. */
export function isGoodFor(cert: string, hostnames: string[]): boolean {
  const certificate = new X509Certificate(cert);
  const isFresh = Date.parse(certificate.validTo) > Date.now() + 7 * DAY_MS;
  return isFresh && hostnames.every((name) => covers(certificate, unbracketed(name)));
}

function covers(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}

function authorityExtensions(): unknown[] {
  return [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ];
}

function serverExtensions(hostnames: string[]): unknown[] {
  return [
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    ...(hostnames.length > 0 ? [{ name: 'subjectAltName', altNames: hostnames.map(alternativeName) }] : []),
  ];
}

function alternativeName(hostname: string): { type: number; value?: string; ip?: string } {
  const name = unbracketed(hostname);
  return isIP(name) ? { type: 7, ip: name } : { type: 2, value: name };
}

/** An IPv6 address as it stands in a URL, without the brackets. */
function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
