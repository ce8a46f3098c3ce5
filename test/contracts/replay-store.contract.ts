import { expect, it } from 'vitest';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import { Ground, HOUR, storesOn, type Place } from './stores.kit.js';

export function replayStoreContract(where: Place): void {
  const ground = Ground.of(where);

  it('takes a token id from one of twenty who bring it at once', async () => {
    const jti = randomToken();
    const first = await ground.both(20, ({ replays }) => replays.remember('logout', jti, Date.now() + HOUR));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await storesOn(ground.there).replays.has('logout', jti)).toBe(true);
  });

  it.each([
    ['another kind', 'dpop', 'Token', 'default'],
    ['another case', 'logout', 'token', 'default'],
    ['a space at the end', 'logout', 'Token ', 'default'],
    ['another module instance', 'logout', 'Token', 'admin'],
  ])('takes %s for another token id', async (_, kind, label, instance) => {
    const salt = randomToken();
    const until = Date.now() + HOUR;
    await storesOn(ground.here).replays.remember('logout', `${salt}Token`, until);
    const { replays } = storesOn(ground.here, { instance });
    expect(await replays.has(kind, `${salt}${label}`)).toBe(false);
    expect(await replays.remember(kind, `${salt}${label}`, until)).toBe(true);
  });

  it('remembers for the longest time that anybody has asked for, whoever is first', async () => {
    const jti = randomToken();
    const until = Date.now() + HOUR;
    expect(await storesOn(ground.here).replays.rememberedUntil('ended', jti)).toBeUndefined();
    await ground.both(20, ({ replays }, index) => replays.rememberUntil('ended', jti, until + ((index * 7) % 20)));
    expect(await storesOn(ground.there).replays.rememberedUntil('ended', jti)).toBe(until + 19);
    await storesOn(ground.here).replays.rememberUntil('ended', jti, until);
    expect(await storesOn(ground.there).replays.rememberedUntil('ended', jti)).toBe(until + 19);
  });
}
