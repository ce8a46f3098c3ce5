import type { RecordedRequest, RequestKind } from './recorded-request.js';

/** An answer to be given in place of the real one. */
export interface ScriptedAnswer {
  status: number;
  /** An object is sent as JSON, a string as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  contentType?: string;
  /** How many calls get it. Default 1. */
  times?: number;
  /** Only calls for which this is true. */
  match?: (request: RecordedRequest) => boolean;
}

/** Calls that are parked before being carried out. */
export interface Hold {
  /** Resolves when the first call is parked. */
  arrived: Promise<RecordedRequest>;
  /** Lets the parked calls go on, and those still to come. */
  release(): void;
}

/** Replaces the JSON answer of a call that was really carried out. */
export type Rewrite = (body: Record<string, unknown>) => unknown;

interface Scripted<T> {
  kind: RequestKind;
  left: number;
  effect: T;
  match?: (request: RecordedRequest) => boolean;
}

interface Gate {
  arrive(request: RecordedRequest): void;
  opened: Promise<void>;
}

/** What a test scripted for the next calls, each kept in the order it was scripted. */
export class Faults {
  readonly #failures: Scripted<ScriptedAnswer>[] = [];
  readonly #rewrites: Scripted<Rewrite>[] = [];
  readonly #delays: Scripted<number>[] = [];
  readonly #holds: Scripted<Gate>[] = [];
  readonly #releases = new Set<() => void>();

  failNext(kind: RequestKind, answer: ScriptedAnswer): void {
    this.#failures.push({ kind, left: answer.times ?? 1, effect: answer, match: answer.match });
  }

  rewriteNext(kind: RequestKind, rewrite: Rewrite, times = 1): void {
    this.#rewrites.push({ kind, left: times, effect: rewrite });
  }

  delayNext(kind: RequestKind, ms: number, times = 1): void {
    this.#delays.push({ kind, left: times, effect: ms });
  }

  hold(kind: RequestKind, times = 1): Hold {
    let arrive!: (request: RecordedRequest) => void;
    let open!: () => void;
    const arrived = new Promise<RecordedRequest>((resolve) => (arrive = resolve));
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.#holds.push({ kind, left: times, effect: { arrive, opened } });
    this.#releases.add(open);
    return { arrived, release: open };
  }

  /** Waits as long as scripted; a call parked by `hold` waits for its release. */
  async beforeCall(request: RecordedRequest): Promise<void> {
    const gate = take(this.#holds, request);
    if (gate) {
      gate.arrive(request);
      await gate.opened;
    }
    const ms = take(this.#delays, request);
    if (ms !== undefined) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  nextFailure(request: RecordedRequest): ScriptedAnswer | undefined {
    return take(this.#failures, request);
  }

  nextRewrite(request: RecordedRequest): Rewrite | undefined {
    return take(this.#rewrites, request);
  }

  /** Lets everything parked go, for a tenant that stops. */
  releaseAll(): void {
    for (const release of this.#releases) release();
    this.#releases.clear();
  }

  /** Forgets what was scripted and lets everything parked go. */
  reset(): void {
    this.releaseAll();
    for (const scripted of [this.#failures, this.#rewrites, this.#delays, this.#holds]) scripted.length = 0;
  }
}

function take<T>(scripted: Scripted<T>[], request: RecordedRequest): T | undefined {
  const index = scripted.findIndex((one) => one.kind === request.kind && (one.match?.(request) ?? true));
  const found = scripted[index];
  if (!found) return undefined;
  found.left -= 1;
  if (found.left <= 0) scripted.splice(index, 1);
  return found.effect;
}
