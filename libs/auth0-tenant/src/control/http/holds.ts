import { randomId } from '../../identifiers.js';
import type { Hold } from '../../state/faults.js';

/** The holds of callers outside the process, by an id. */
export class Holds {
  readonly #holds = new Map<string, Hold>();

  keep(hold: Hold): string {
    const id = randomId(12);
    this.#holds.set(id, hold);
    return id;
  }

  find(id: string): Hold {
    const hold = this.#holds.get(id);
    if (!hold) throw new Error(`no such hold: ${id}`);
    return hold;
  }
}
