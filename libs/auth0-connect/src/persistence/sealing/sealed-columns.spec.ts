import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyRingCipher } from './key-ring.cipher.js';
import { SealedColumns } from './sealed-columns.js';

const OLD = 'the secret that was taken out of the list too early';
const NEW = 'the secret that is in the list, and seals from now on';
const places = ['refresh_token', 'id_token'].flatMap((column) =>
  Array.from({ length: 20 }, (_, row) => ({ table: 'sessions', column, row: `s${row}` })),
);

describe('columns whose secret was lost', () => {
  let warned: string[];
  beforeEach(() => {
    warned = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void warned.push(String(line)));
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('are absent, and told of once a minute, with a row to look at and what opens them', () => {
    const before = new KeyRingCipher([OLD]);
    const rows = places.map((place) => ({ place, sealed: before.seal('a token', place) }));
    const columns = new SealedColumns(new KeyRingCipher([NEW]));
    const open = (): unknown[] => rows.map(({ place, sealed }) => columns.open(sealed, place));

    expect(new Set(open())).toEqual(new Set([undefined]));
    expect(warned).toEqual([
      expect.stringContaining('sessions.refresh_token of row s0 cannot be opened'),
      expect.stringContaining('sessions.id_token of row s0 cannot be opened'),
    ]);
    expect(warned[0]).toContain('opens with it at the end of the list of the option "secret"');
    expect(warned[0]).not.toContain('a token');

    vi.advanceTimersByTime(60_000);
    open();
    expect(warned).toHaveLength(4);
  });

  it('open with the old secret at the end of the list', () => {
    const place = { table: 'sessions', column: 'refresh_token', row: 's1' };
    const sealed = new KeyRingCipher([OLD]).seal('a token', place);
    expect(new SealedColumns(new KeyRingCipher([NEW, OLD])).open(sealed, place)).toBe('a token');
    expect(warned).toEqual([]);
  });
});
