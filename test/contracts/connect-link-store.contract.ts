import { isDeepStrictEqual } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { needKeyOf, purgeTimeOf } from '../../libs/auth0-connect/src/accounts/connect-link.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { ENTITIES, Ground, newLink, storesOn, type Place } from './stores.kit.js';

export function connectLinkStoreContract(where: Place): void {
  const ground = Ground.of(where);

  beforeEach(() => void vi.spyOn(Logger.prototype, 'warn').mockReturnValue());
  afterEach(() => vi.restoreAllMocks());

  it('finds a link as it was inserted, in its own module instance', async () => {
    const link = newLink();
    const full = newLink({
      need: { ...link.need, orgId: 'org_one', returnTo: '/王?a=👩‍👩‍👧‍👦', scopes: [], loginHint: undefined },
      state: 'failed',
      failure: 'access_denied',
    });
    for (const inserted of [link, full]) {
      await storesOn(ground.here).links.insert(inserted);
      const found = await storesOn(ground.there).links.find(inserted.id);
      expect(found).toEqual(JSON.parse(JSON.stringify(inserted)));
      expect(await storesOn(ground.here, { instance: 'admin' }).links.find(inserted.id)).toBeUndefined();
      expect(
        await storesOn(ground.here, { instance: 'admin' }).links.move(inserted.id, [inserted.state], 'connected'),
      ).toBe(false);
    }
    expect(await storesOn(ground.here).links.find(digest('nothing'))).toBeUndefined();
  });

  it('gives a link to one of twenty who answer it at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, ...link } = newLink({ state: 'opened' });
      await storesOn(ground.here).links.insert({ id, ...link });
      const moved = await ground.both(20, ({ links }) => links.move(id, ['opened'], 'answered'));
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect((await storesOn(ground.there).links.find(id))?.state).toBe('answered');
    }
  });

  it('moves a link on from the states that are named, and from no other', async () => {
    const { links } = storesOn(ground.here);
    const { id, ...link } = newLink();
    await links.insert({ id, ...link });
    expect(await links.move(id, ['opened', 'answered'], 'connected')).toBe(false);
    expect(await links.move(id, ['pending', 'opened'], 'opened')).toBe(true);
    expect(await links.move(id, ['opened'], 'answered')).toBe(true);
    expect(await links.move(id, ['answered'], 'failed', 'access_denied')).toBe(true);
    expect(await links.find(id)).toMatchObject({ state: 'failed', failure: 'access_denied' });
    expect(await links.move(id, ['pending', 'opened', 'answered'], 'connected')).toBe(false);
  });

  it('finds what nobody has answered, for one need of one user', async () => {
    const { links } = storesOn(ground.here);
    const [pending, opened, answered] = (['pending', 'opened', 'answered'] as const).map((state, age) =>
      newLink({ userKey: digest('one'), state, createdAt: Date.now() - age * 1000 }),
    );
    const needKey = needKeyOf(pending!.need);
    const others = [
      newLink({ need: { ...pending!.need, scopes: ['repo', 'gist'] } }),
      newLink({ need: { ...pending!.need, returnTo: '/' } }),
      newLink({ need: { ...pending!.need, orgId: 'org_one' } }),
      newLink({ userKey: digest('another') }),
    ];
    for (const link of [opened, answered, pending, ...others]) await links.insert(link!);
    expect((await links.findOpen(digest('one'), needKey)).map(({ id }) => id)).toEqual([pending!.id, opened!.id]);
    expect(await storesOn(ground.there, { instance: 'admin' }).links.findOpen(digest('one'), needKey)).toEqual([]);
  });

  it('keeps the newest ones of a user when it trims, and all of everybody else', async () => {
    const { links } = storesOn(ground.here);
    const userKey = digest('of many');
    const mine = Array.from({ length: 30 }, (_, age) => newLink({ userKey, createdAt: Date.now() - age * 1000 }));
    const other = newLink();
    for (const link of [...mine, other]) await links.insert(link);
    await links.trim(userKey, 20);
    const left = await ground.witness.getRepository(ENTITIES.links).findBy({ userKey });
    expect(left.map(({ id }) => id).toSorted()).toEqual(
      mine
        .slice(0, 20)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(await links.find(other.id)).toBeDefined();
  });

  it('is purged when nobody asks for it any more, and not before', async () => {
    const { links, expiredRows } = storesOn(ground.here);
    const link = newLink();
    await links.insert(link);
    await expiredRows.purgeBatch(purgeTimeOf(link) - 1, 100);
    expect(await links.find(link.id)).toBeDefined();
    expect(await expiredRows.purgeBatch(purgeTimeOf(link), 100)).toBeGreaterThan(0);
    expect(await links.find(link.id)).toBeUndefined();
  });

  it('is for whom and what it was made, or for nothing, whatever is written into its row', async () => {
    const { links } = storesOn(ground.here);
    const victim = newLink();
    const others = newLink({
      need: { ...victim.need, userKey: digest('evil'), connection: 'evil', returnTo: '/evil' },
    });
    for (const link of [victim, others]) await links.insert(link);
    const rows = ground.here.getRepository(ENTITIES.links);
    const [original, other] = [
      await rows.findOneByOrFail({ id: victim.id }),
      await rows.findOneByOrFail({ id: others.id }),
    ];
    const { userKey, needKey, failure, payload } = other;
    const columns = {
      userKey,
      needKey,
      failure,
      payload,
      instanceKey: digest('evil'),
      status: 'connected',
      purgeAt: 1,
    };
    const { token, need, expiresAt } = JSON.parse(JSON.stringify(victim)) as typeof victim;
    for (const [column, forged] of Object.entries(columns)) {
      await rows.update({ id: victim.id }, { [column]: forged });
      const found = await links.find(victim.id);
      const isHers =
        found === undefined || isDeepStrictEqual([found.token, found.need, found.expiresAt], [token, need, expiresAt]);
      expect([column, isHers]).toEqual([column, true]);
      const reused = await links.findOpen(others.need.userKey, needKeyOf(others.need));
      expect([column, reused.every(({ id }) => id === others.id)]).toEqual([column, true]);
      await rows.update({ id: victim.id }, { [column]: original[column as keyof typeof original] });
    }
    expect(await links.find(victim.id)).toMatchObject({ token });
  });
}
