import type { Subject } from '../settings.js';
import { compareAll, summaryOf, type ThroughputOptions, type ThroughputRow } from './throughput.js';

/** The library against one other way of it, on the same machine in the same minutes. */
export function pair(other: Subject, options: ThroughputOptions): Promise<ThroughputRow[]> {
  return compareAll([other, 'library'], options, (taken) => {
    const { rate, cpu, ratio } = summaryOf(taken);
    return {
      [`${other} req/s`]: rate(other),
      'library req/s': rate('library'),
      [`library / ${other}`]: ratio('library', other),
      [`CPU µs ${other}`]: cpu(other),
      'CPU µs library': cpu('library'),
    };
  });
}
