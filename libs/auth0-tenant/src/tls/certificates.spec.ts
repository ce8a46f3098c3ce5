import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { issueCertificate } from './certificates.js';

it('have a serial number that is positive and begins with no padding, which readers of certificates refuse', () => {
  const { cert } = issueCertificate({ commonName: 'localhost', hostnames: ['localhost'], isAuthority: true });
  expect(new X509Certificate(cert).serialNumber).toMatch(/^01[0-9A-F]{30}$/);
});
