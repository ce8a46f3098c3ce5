import { describe, expect, it } from 'vitest';
import { systemWait } from './wait.js';

describe('waiting', () => {
  it('ends with the reason when it is no longer wanted', async () => {
    const controller = new AbortController();
    const waiting = systemWait(60_000, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await expect(systemWait(60_000, controller.signal)).rejects.toThrow('no longer wanted');
  });

  it('ends by itself', async () => {
    await expect(systemWait(0)).resolves.toBeUndefined();
  });
});
