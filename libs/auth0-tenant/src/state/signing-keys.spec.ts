import { describe, expect, it } from 'vitest';
import { SigningKeys } from './signing-keys.js';

describe('signing keys', () => {
  it('are never the same for two tenants that run', async () => {
    const [one, other] = [await SigningKeys.generate(), await SigningKeys.generate()];
    expect(one.current.n).not.toBe(other.current.n);
  });

  it('are left to the next tenant when one has stopped, once, and under another id', async () => {
    const stopped = await SigningKeys.generate();
    const { kid, n } = stopped.current;
    stopped.release();
    stopped.release();

    const [next, third] = [await SigningKeys.generate(), await SigningKeys.generate()];

    expect(next.current.n).toBe(n);
    expect(next.current.kid).not.toBe(kid);
    expect(third.current.n).not.toBe(n);
  });
});
