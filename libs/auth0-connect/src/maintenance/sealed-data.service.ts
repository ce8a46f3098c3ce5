import { Inject, Injectable } from '@nestjs/common';
import { RESEALER, type ResealReport, type Resealer } from './ports.js';

/** What is stored sealed. */
@Injectable()
export class SealedDataService {
  constructor(@Inject(RESEALER) private readonly resealer: Resealer) {}

  /**
   * Seals with the first secret what is still sealed with another one, so that the other can be taken out of `secret`.
   * Rows are changed one by one, by compare-and-swap: the application may run, in any number of processes.
   * @param options batchSize rows read at once, default 200
   */
  reseal(options: { batchSize?: number } = {}): Promise<ResealReport> {
    return this.resealer.reseal(options.batchSize ?? 200);
  }
}
