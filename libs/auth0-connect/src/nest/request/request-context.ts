import type { HttpRequest } from './http-request.js';

/**
 * Where a request carries all notes about it. One property with a plain name: no two of Express' requests have one
 * hidden class, so that each property costs them as much as a guard; a WeakMap costs every request more, and under a
 * symbol V8 makes an object with many properties a slow one for good.
 */
type Carrier = HttpRequest & { auth0ConnectNotes?: Entry };

/** One thing known of a request, as long as the request lasts. */
export class RequestNote<T> {
  get(request: HttpRequest): T | undefined {
    return (request as Carrier).auth0ConnectNotes?.of(this) as T | undefined;
  }

  set(request: HttpRequest, value: T): void {
    const carrier: Carrier = request;
    carrier.auth0ConnectNotes = new Entry(this, value, carrier.auth0ConnectNotes);
  }
}

/** Its value does not show when the request is printed. */
class Entry {
  readonly #note: object;
  readonly #value: unknown;
  readonly #earlier: Entry | undefined;

  constructor(note: object, value: unknown, earlier: Entry | undefined) {
    this.#note = note;
    this.#value = value;
    this.#earlier = earlier;
  }

  of(note: object): unknown {
    return this.#note === note ? this.#value : this.#earlier?.of(note);
  }
}
