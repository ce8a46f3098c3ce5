import { inspect } from 'node:util';
import { CompactSign, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTHeaderParameters } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AccessTokenRequiredError,
  Auth0UnavailableError,
  InvalidAccessTokenError,
  InvalidDpopProofError,
} from '../errors/index.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { SignedTokenVerifier } from '../issuer/signed-token.verifier.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { ApiCaller } from './api-caller.js';
import { ApiCallers } from './api-callers.js';
import { RememberedAccessTokens } from './remembered-access-tokens.js';
import type { DpopProofVerifier, ExpectedProof } from './dpop-proof.verifier.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

const AUDIENCE = 'https://api.example.com';
const DOMAIN = 'https://tenant.example.com';
const OTHER_DOMAIN = 'https://login.example.com';
/** Bound in two ways, of which one could not be checked. */
const BOTH = { jkt: 'a-thumbprint', 'x5t#S256': 'x' };
const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1000;

type Keys = Record<'RS256' | 'PS256' | 'ES256' | 'RS384', { privateKey: CryptoKey; publicKey: CryptoKey }>;

describe('a caller of the API', () => {
  let keys: Keys;
  let published: Map<string, CryptoKey>;
  let asked: string[];
  let now: number;
  /** What happens while a key is looked for. */
  let meanwhile: () => void;
  let proofs: ExpectedProof[];
  let options: Pick<
    ResolvedOptions,
    'issuerOrigins' | 'apiAudience' | 'apiDpop' | 'authorizationParams' | 'clientId' | 'instance'
  >;

  beforeAll(async () => {
    const algorithms = ['RS256', 'PS256', 'ES256', 'RS384'] as const;
    const pairs = algorithms.map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const);
    keys = Object.fromEntries(await Promise.all(pairs)) as Keys;
  });

  beforeEach(() => {
    published = new Map(Object.entries(keys).map(([kid, { publicKey }]) => [kid, publicKey]));
    asked = [];
    now = NOW;
    meanwhile = () => undefined;
    proofs = [];
    options = {
      issuerOrigins: [DOMAIN, OTHER_DOMAIN],
      apiAudience: AUDIENCE,
      apiDpop: 'allowed',
      authorizationParams: {},
      clientId: 'client',
      instance: 'default',
    };
  });

  const callers = (): ApiCallers => {
    const resolved = options as ResolvedOptions;
    const signingKeys = {
      find: async (issuerOrigin: string, { kid = '' }: { kid?: string }) => {
        asked.push(`${issuerOrigin} ${kid}`);
        meanwhile();
        return published.get(kid);
      },
      currentSet: () => published,
    };
    const clock = { now: () => now };
    const verifier = new AccessTokenVerifier(
      new SignedTokenVerifier(signingKeys, resolved, clock),
      new RememberedAccessTokens(signingKeys, clock),
      resolved,
      clock,
    );
    return new ApiCallers(
      verifier,
      {
        accept: async (expected) => {
          if (proofs.some(({ proof }) => proof === expected.proof))
            throw new InvalidDpopProofError('it was used before');
          proofs.push(expected);
        },
      } as DpopProofVerifier,
      resolved,
    );
  };

  const token = (
    claims: Record<string, unknown> = {},
    { key = 'RS256', ...header }: Partial<JWTHeaderParameters> & { key?: keyof Keys } = {},
  ): Promise<string> =>
    new SignJWT({
      iss: `${DOMAIN}/`,
      aud: [AUDIENCE, `${DOMAIN}/userinfo`],
      sub: 'auth0|alice',
      iat: SECONDS - 10,
      exp: SECONDS + 600,
      scope: 'openid read:events',
      azp: 'spa',
      ...claims,
    })
      .setProtectedHeader({ alg: key, kid: key, typ: 'at+jwt', ...header })
      .sign(keys[key].privateKey);

  const identify = async (authorization: string | undefined, proof?: string) =>
    callers().identify({ authorization, proof, method: 'GET', url: () => `${AUDIENCE}/events` });

  const refusal = async (authorization: string): Promise<string> => {
    const error: unknown = await identify(authorization).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InvalidAccessTokenError);
    return (error as InvalidAccessTokenError).reason;
  };

  const ownerOf = async (claims: Record<string, unknown>): Promise<string> =>
    (await identify(`Bearer ${await token(claims)}`)).ownerKey;

  /** One instance, to which the token has come before. */
  const warm = async (claims: Record<string, unknown> = {}, scheme = 'Bearer') => {
    const instance = callers();
    const accessToken = await token(claims);
    const again = (proof?: string) => identifyAt(instance, `${scheme} ${accessToken}`, proof);
    return { instance, accessToken, again, caller: await again('a-proof') };
  };

  it.each(['RS256', 'PS256', 'ES256'] as const)('is who a token signed with %s says', async (key) => {
    const caller = await identify(`Bearer ${await token({}, { key })}`);
    expect(caller.userId).toBe('auth0|alice');
    expect(caller.scopes).toEqual(['openid', 'read:events']);
    expect(caller.expiresAt).toEqual(new Date(NOW + 600_000));
    expect(caller.claims.azp).toBe('spa');
    expect(caller.user).toEqual({ sub: 'auth0|alice' });
    expect(caller.orgId).toBeUndefined();
  });

  it('may come from any of the allowed domains, whose own keys are asked', async () => {
    await identify(`bearer ${await token({ iss: `${OTHER_DOMAIN}/`, aud: AUDIENCE })}`);
    expect(asked).toEqual([`${OTHER_DOMAIN} RS256`]);
  });

  it('keeps its token to itself', async () => {
    const accessToken = await token({ org_id: 'org_1', 'https://example.com/team': 'blue' });
    const caller = await identify(`Bearer ${accessToken}`);
    const shown = [
      JSON.stringify(caller),
      inspect(caller, { depth: 9, showHidden: true }),
      Object.values(caller),
    ].join();
    expect(shown).not.toContain(accessToken);
    expect(JSON.parse(JSON.stringify(caller))).toMatchObject({ userId: 'auth0|alice', org: 'org_1' });
    expect(caller.user).toEqual({ sub: 'auth0|alice', org_id: 'org_1', 'https://example.com/team': 'blue' });
    expect(caller.accessToken).toBe(accessToken);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: 'https://evil.example/' }],
    ['an issuer without the slash', { iss: DOMAIN }],
    ['an issuer that is a list', { iss: [`${DOMAIN}/`] }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'https://other.example' }],
    ['an audience that begins alike', { aud: `${AUDIENCE}/` }],
    ['no audience', { aud: undefined }],
    ['no user', { sub: undefined }],
    ['an empty user', { sub: '' }],
    ['a user that is a number', { sub: 1 }],
    ['an end in the past', { exp: SECONDS - 31 }],
    ['no end', { exp: undefined }],
    ['an end that is text', { exp: '9999999999' }],
    ['a beginning in the future', { iat: SECONDS + 31 }],
    ['no beginning', { iat: undefined }],
    ['a time before which it is not good', { nbf: SECONDS + 31 }],
    ['scopes that are a list', { scope: ['read:events'] }],
    ['an end that no date can hold', { exp: 1e300 }],
    ['an end before all time', { exp: -1 }],
    ['a beginning that no date can hold', { iat: 1e300 }],
    ['a user whose name is longer than what is kept', { sub: `auth0|${'a'.repeat(250)}` }],
    ['a user whose name has a NUL', { sub: 'auth0|a\u0000b' }],
  ])('is nobody with a token of %s', async (_what, claims) => {
    expect(await refusal(`Bearer ${await token(claims)}`)).not.toBe('');
  });

  it('is nobody with a token that never ends', async () => {
    const [, payload = ''] = (await token()).split('.');
    const claims = Buffer.from(payload, 'base64url').toString();
    const endless = claims.replace(/"exp":\d+/, '"exp":1e999');
    const signed = await new CompactSign(Buffer.from(endless))
      .setProtectedHeader({ alg: 'RS256', kid: 'RS256' })
      .sign(keys.RS256.privateKey);
    expect(await refusal(`Bearer ${signed}`)).toContain('exp');
  });

  it('may have a clock that is half a minute off', async () => {
    const skewed = await token({ exp: SECONDS - 29, iat: SECONDS + 29, nbf: SECONDS + 29 });
    expect((await identify(`Bearer ${skewed}`)).userId).toBe('auth0|alice');
  });

  it('is nobody with a token signed in another way', async () => {
    expect(await refusal(`Bearer ${await token({}, { key: 'RS384' })}`)).toContain('algorithm');
    expect(asked, 'no key is looked for').toEqual([]);
    // The public key as the secret of HS256.
    const secret = new TextEncoder().encode(await exportSPKI(keys.RS256.publicKey));
    const symmetric = await new SignJWT({ iss: `${DOMAIN}/`, aud: AUDIENCE, sub: 'x', iat: SECONDS, exp: SECONDS + 9 })
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
      .sign(secret);
    expect(await refusal(`Bearer ${symmetric}`)).toContain('algorithm');
    const [, payload, signature] = (await token()).split('.');
    for (const alg of ['none', 'None', 'NONE', '', undefined]) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'RS256' })).toString('base64url');
      for (const end of ['', signature]) expect(await refusal(`Bearer ${header}.${payload}.${end}`)).not.toBe('');
    }
    expect(asked).toEqual([]);
  });

  it('is nobody with a token whose key is unknown, of another kind, or brought along', async () => {
    expect(await refusal(`Bearer ${await token({}, { kid: 'unknown' })}`)).toContain('unknown key');
    expect(await refusal(`Bearer ${await token({}, { kid: 'ES256' })}`)).not.toBe('');
    expect(await refusal(`Bearer ${await token({}, { kid: 'PS256' })}`)).not.toBe('');
    expect(await refusal(`Bearer ${await token({}, { kid: undefined, jwk: { kty: 'RSA' } })}`)).not.toBe('');
    const other = await generateKeyPair('RS256');
    const forged = await new SignJWT({ iss: `${DOMAIN}/`, aud: AUDIENCE, sub: 'x', iat: SECONDS, exp: SECONDS + 9 })
      .setProtectedHeader({ alg: 'RS256', kid: 'RS256' })
      .sign(other.privateKey);
    expect(await refusal(`Bearer ${forged}`)).toContain('signature');
  });

  it.each(['dpop+jwt', 'logout+jwt', 'token-vault-req+jwt', 'id+jwt', ''])(
    'is nobody with a token of the type "%s"',
    async (typ) => {
      expect(await refusal(`Bearer ${await token({}, { typ })}`)).not.toBe('');
    },
  );

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', undefined])(
    'may bring a token of the type %s',
    async (typ) => {
      expect((await identify(`Bearer ${await token({}, { typ })}`)).userId).toBe('auth0|alice');
    },
  );

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer x', 'Bearer a.b.c', 'Bearer a.b.c.d.e', 'Bearer =', 'Bearer é'])(
    'is nobody with %j',
    async (authorization) => {
      expect(await refusal(authorization)).not.toBe('');
    },
  );

  it.each([undefined, '', 'Basic dXNlcjpwYXNz', 'Digest x', 'token'])(
    'is asked for a token with %j',
    async (header) => {
      await expect(identify(header)).rejects.toThrow(AccessTokenRequiredError);
    },
  );

  it('is not taken for a bad one when the keys cannot be read', async () => {
    const keysOutOfReach = {
      find: () => Promise.reject(new Auth0UnavailableError('signing-keys')),
      currentSet: () => undefined,
    };
    const clock = { now: () => NOW };
    const verifier = new AccessTokenVerifier(
      new SignedTokenVerifier(keysOutOfReach, options, clock),
      new RememberedAccessTokens(keysOutOfReach, clock),
      options as ResolvedOptions,
      clock,
    );
    await expect(verifier.verify(await token())).rejects.toThrow(Auth0UnavailableError);
  });

  it('is of the one organization that the application is for, by id or by name', async () => {
    options = { ...options, authorizationParams: { organization: 'org_acme' } };
    expect((await identify(`Bearer ${await token({ org_id: 'org_acme' })}`)).orgId).toBe('org_acme');
    for (const claims of [{}, { org_id: 'org_other' }, { org_id: 'ORG_ACME' }, { org_name: 'org_acme' }]) {
      expect(await refusal(`Bearer ${await token(claims)}`)).toBe('it is for another organization');
    }
    options = { ...options, authorizationParams: { organization: 'Acme' } };
    await identify(`Bearer ${await token({ org_id: 'org_acme', org_name: 'acme' })}`);
    expect(await refusal(`Bearer ${await token({ org_id: 'org_acme' })}`)).toBe('it is for another organization');
  });

  it('is refused with a 500 where no audience is configured', async () => {
    options = { ...options, apiAudience: undefined };
    await expect(identify(`Bearer ${await token()}`)).rejects.toMatchObject({ code: 'invalid_configuration' });
  });

  describe('whose token was verified a moment ago', () => {
    it('is known at once, by nothing but the digest of the token', async () => {
      const { instance, accessToken, again, caller } = await warm({ org_id: 'org_1' });
      asked = [];
      const known = again();
      expect(known).toBeInstanceOf(ApiCaller);
      expect([known, asked]).toEqual([caller, []]);
      expect((known as ApiCaller).accessToken).toBe(accessToken);
      const shown = inspect(instance, { depth: 9, showHidden: true });
      expect(shown).not.toContain(accessToken);
      expect(shown).not.toContain('org_1');
    });

    it('is known for as long as the token is good, and no longer', async () => {
      const { again } = await warm();
      now = NOW + 600_000 + 29_999;
      expect(await again()).toBeInstanceOf(ApiCaller);
      now += 1;
      await expect((async () => again())()).rejects.toThrow('expired');
      await expect(identify(`Bearer ${await token()}`), 'as one that nobody has seen').rejects.toThrow('expired');
    });

    it('is looked at anew by a clock that was set back', async () => {
      const { again } = await warm();
      now = NOW - 41_000;
      await expect((async () => again())()).rejects.toThrow('future');
    });

    it('is nobody once the key is withdrawn, or another has come in its place', async () => {
      const { again } = await warm();
      published = new Map(published);
      expect(await again(), 'read again, with the same keys').toBeInstanceOf(ApiCaller);
      published = new Map([['RS256', (await generateKeyPair('RS256')).publicKey]]);
      await expect((async () => again())()).rejects.toThrow('signature');
      published = new Map();
      await expect((async () => again())()).rejects.toThrow('unknown key');
    });

    it('is not remembered with keys that were read while it was verified', async () => {
      const instance = callers();
      const authorization = `Bearer ${await token()}`;
      meanwhile = () => (published = new Map(published));
      await identifyAt(instance, authorization);
      meanwhile = () => undefined;
      expect(identifyAt(instance, authorization)).toBeInstanceOf(Promise);
    });

    it('is nobody at another instance, which takes tokens for another API or of other domains', async () => {
      const { accessToken } = await warm();
      options = { ...options, apiAudience: 'https://other.example.com' };
      expect(await refusal(`Bearer ${accessToken}`)).toBe('it is for another API');
      options = { ...options, apiAudience: AUDIENCE, issuerOrigins: [OTHER_DOMAIN] };
      expect(await refusal(`Bearer ${accessToken}`)).toBe('it is of another issuer');
    });

    it('is nobody with the same claims under another signature', async () => {
      const { instance, accessToken } = await warm();
      const [header, payload, signature = ''] = accessToken.split('.');
      const other = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      await expect(identifyAt(instance, `Bearer ${other}`)).rejects.toThrow('signature');
    });

    it('brings a proof each time for a token that is bound to a key, and each proof once', async () => {
      const { instance, accessToken, again } = await warm({ cnf: { jkt: 'a-thumbprint' } }, 'DPoP');
      await again('another');
      expect(proofs.map(({ proof }) => proof)).toEqual(['a-proof', 'another']);
      await expect(again('another')).rejects.toThrow('used before');
      expect(() => identifyAt(instance, `Bearer ${accessToken}`)).toThrow('DPoP');
    });

    it('shares with other requests nothing that one of them could change', async () => {
      const { again, caller } = await warm({ permissions: ['a'], 'https://example.com/teams': [{ name: 'blue' }] });
      const known = await again();
      const [team] = known.claims['https://example.com/teams'] as { name: string }[];
      const { scopes, permissions, claims, user } = known;
      for (const shared of [scopes, permissions, claims, claims.aud, team]) expect(shared).toSatisfy(Object.isFrozen);
      expect(user).not.toBe(caller.user);
      Object.assign(user, { sub: 'auth0|mallory' });
      expect([(await again()).user.sub, known.userId]).toEqual(['auth0|alice', 'auth0|alice']);
    });

    it('is forgotten when ten thousand others have come since', () => {
      const keySet = {};
      const memory = new RememberedAccessTokens(
        { find: async () => undefined, currentSet: () => keySet },
        { now: () => NOW },
      );
      const verified = { issuerOrigin: DOMAIN, expiresAt: NOW + 1 } as VerifiedAccessToken;
      for (let index = 0; index <= 10_000; index += 1) memory.remember(`token ${index}`, verified, keySet);
      expect([memory.find('token 0'), memory.find('token 1')]).toEqual([undefined, verified]);
    });
  });

  describe('with a token that is bound to a key', () => {
    const bound = { cnf: { jkt: 'a-thumbprint' } };

    it('has to bring a proof for it', async () => {
      const accessToken = await token(bound);
      await identify(`DPoP ${accessToken}`, 'a-proof');
      expect(proofs).toMatchObject([{ proof: 'a-proof', accessToken, thumbprint: 'a-thumbprint', method: 'GET' }]);
    });

    it('may not send it as a bearer token', async () => {
      for (const apiDpop of ['allowed', 'required', 'disabled'] as const) {
        options = { ...options, apiDpop };
        expect(await refusal(`Bearer ${await token(bound)}`)).toContain('DPoP');
      }
    });

    it('may not prove a key for a token that is bound to none, or in an unknown way', async () => {
      expect(await refusal(`DPoP ${await token()}`)).toContain('bound to no key');
      for (const cnf of [null, 'x', {}, { jkt: 1 }, { jkt: '' }, { 'x5t#S256': 'x' }, BOTH]) {
        expect(await refusal(`DPoP ${await token({ cnf })}`)).not.toBe('');
        expect(await refusal(`Bearer ${await token({ cnf })}`)).not.toBe('');
      }
      expect(proofs).toEqual([]);
    });

    it('is the only one let in where it is required, and is not where it is switched off', async () => {
      options = { ...options, apiDpop: 'required' };
      expect(await refusal(`Bearer ${await token()}`)).not.toBe('');
      await identify(`DPoP ${await token(bound)}`, 'a-proof');
      options = { ...options, apiDpop: 'disabled' };
      await identify(`Bearer ${await token()}`);
      await expect(identify(`DPoP ${await token(bound)}`, 'a-proof')).rejects.toThrow(AccessTokenRequiredError);
    });
  });

  describe('and the stored tokens it may read', () => {
    it('are those of the same user, application, organization, scopes and permissions', async () => {
      const permissions = ['a', 'b'];
      const own = await ownerOf({ permissions });
      expect(await ownerOf({ permissions: ['b', 'a'], exp: SECONDS + 60, jti: 'x' })).toBe(own);
      expect(await ownerOf({ permissions, scope: 'read:events openid' })).toBe(own);
      const others = [
        { sub: 'auth0|Alice' },
        { azp: 'another' },
        { azp: undefined, client_id: 'a third' },
        { org_id: 'org_1' },
        { scope: 'openid' },
        { permissions: ['a'] },
        { authorization_details: [{ type: 'payment', amount: 10 }] },
        { authorization_details: [{ type: 'payment', amount: 1000 }] },
        { act: { sub: 'agent' } },
        { acr: 'http://schemas.openid.net/pape/policies/2007/06/multi-factor' },
        { permissions: ['a,b'] },
        { permissions: undefined },
        { iss: `${OTHER_DOMAIN}/` },
      ];
      const owners = await Promise.all(others.map((claims) => ownerOf({ permissions, ...claims })));
      expect(new Set([own, ...owners]).size).toBe(others.length + 1);
    });
  });
});

function identifyAt(instance: ApiCallers, authorization: string, proof?: string): ApiCaller | Promise<ApiCaller> {
  return instance.identify({ authorization, proof, method: 'GET', url: () => `${AUDIENCE}/events` });
}
