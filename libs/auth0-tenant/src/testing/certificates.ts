import { createHash, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';

/** A certificate with its key, in PEM. */
export interface TestCertificate {
  key: string;
  cert: string;
  privateKey: KeyObject;
  subject: string;
}

const SHA256_WITH_RSA = [1, 2, 840, 113549, 1, 1, 11];

/** Makes a certificate for localhost, signed by `issuer` or by itself. */
export function certificate(subject: string, issuer?: TestCertificate): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = sequence(oid(SHA256_WITH_RSA), der(0x05, Buffer.alloc(0)));
  const extensions = sequence(
    extension([2, 5, 29, 19], sequence(der(0x01, Buffer.from([0xff])))),
    extension([2, 5, 29, 17], sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))),
  );
  const tbs = sequence(
    der(0xa0, integer(2)),
    integer(Number.parseInt(createHash('sha256').update(subject).digest('hex').slice(0, 6), 16)),
    algorithm,
    name(issuer?.subject ?? subject),
    sequence(time(-1), time(24)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', tbs, issuer?.privateKey ?? privateKey);
  const bytes = sequence(tbs, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: new X509Certificate(bytes).toString(),
    privateKey,
    subject,
  };
}

/** The certificate as the `x5c` of a key set has it. */
export function x5c({ cert }: TestCertificate): string {
  return new X509Certificate(cert).raw.toString('base64');
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return der(0x02, (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function oid([first = 0, second = 0, ...rest]: number[]): Buffer {
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid([2, 5, 4, 3]), der(0x0c, Buffer.from(commonName)))));
}

function time(hoursFromNow: number): Buffer {
  const text = new Date(Date.now() + hoursFromNow * 3_600_000)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, '')
    .slice(2);
  return der(0x17, Buffer.from(text));
}

function extension(id: number[], value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}
