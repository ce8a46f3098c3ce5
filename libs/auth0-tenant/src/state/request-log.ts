import type { RecordedRequest, RequestKind } from './recorded-request.js';

/** Every request the tenant received, in order of arrival. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  #since = 0;

  add(request: RecordedRequest): void {
    this.requests.push(request);
  }

  /** How many of a kind arrived since the last reset. */
  count(kind: RequestKind): number {
    return this.requests.slice(this.#since).filter((request) => request.kind === kind).length;
  }

  /** Lets `count` start again; the record itself is kept. */
  reset(): void {
    this.#since = this.requests.length;
  }

  /** Forgets every request. */
  clear(): void {
    this.requests.length = 0;
    this.reset();
  }
}
