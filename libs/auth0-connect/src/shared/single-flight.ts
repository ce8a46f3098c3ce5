/** Concurrent callers of one key share one run. Its failure reaches all of them and is not kept. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.flights.get(key);
    if (running) return running;
    const flight = work().finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }

  /** Until all that runs now has come to an end, whatever it was. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.flights.values());
  }
}
