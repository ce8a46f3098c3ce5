import { describe, expect, it } from 'vitest';
import { codeChallengeOf } from './pkce.js';

describe('code_challenge', () => {
  it('is the one that RFC 7636 appendix B gives for its verifier', () => {
    expect(codeChallengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
});
