/** Seconds a client has to wait between two polls. */
export const POLL_INTERVAL = 5;

/** Requests of CIBA that wait for their user, newest last. */
export class BackchannelRequests {
  readonly #pending: string[] = [];
  readonly #polledAt = new Map<string, number>();
  readonly #details = new Map<string, readonly unknown[]>();

  /** Notes a poll of a pending request; true when it comes too soon after the one before. */
  polledTooSoon(authReqId: string): boolean {
    const before = this.#polledAt.get(authReqId);
    this.#polledAt.set(authReqId, Date.now());
    return before !== undefined && Date.now() - before < POLL_INTERVAL * 1000;
  }

  add(authReqId: string): void {
    this.#pending.push(authReqId);
  }

  /** What the user is asked to approve in detail, RFC 9396. */
  describe(authReqId: string, details: readonly unknown[]): void {
    this.#details.set(authReqId, details);
  }

  /** Undefined for a request without details. */
  detailsOf(authReqId: string): readonly unknown[] | undefined {
    return this.#details.get(authReqId);
  }

  /** The request meant, taken off the list of those that wait. */
  take(authReqId: string): string | undefined {
    const index = authReqId === 'latest' ? this.#pending.length - 1 : this.#pending.indexOf(authReqId);
    return index < 0 ? undefined : this.#pending.splice(index, 1)[0];
  }

  /** Forgets every request. */
  clear(): void {
    this.#pending.length = 0;
    this.#polledAt.clear();
    this.#details.clear();
  }
}
