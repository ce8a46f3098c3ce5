import type { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, tracingChannel, unsubscribe, type TracingChannel } from 'node:diagnostics_channel';
import {
  context,
  metrics,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type Span,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { Auth0ConnectError } from '../../errors/index.js';
import { CHANNEL_PREFIX } from '../../events/happening.js';
import type { ExchangeFacts, LeaseWaitFacts, TokenRequest } from '../../events/traced.js';
import { libraryVersion } from '../../shared/library-version.js';
import { AccountNotConnected } from '../../tokens/account-not-connected.js';

/** Where spans and metrics go. */
export interface Auth0ConnectInstrumentationOptions {
  /** Default: the global one, which the SDK sets. */
  tracerProvider?: TracerProvider;
  /** Default: the global one, which the SDK sets. */
  meterProvider?: MeterProvider;
}

const NAME = 'nestjs-auth0-connect';
const SECONDS = { unit: 's', advice: { explicitBucketBoundaries: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] } };

/** The work of a tracing channel, its span, and since when. */
interface Work {
  readonly span: Span;
  readonly attributes: Attributes;
  readonly startedAt: number;
}

type Failed = { readonly error?: unknown };

/**
 * Spans and metrics of what the library waits for: exchanges at Token Vault, and other processes that obtain the same. Call it once,
 * in the file that starts the SDK, or anywhere afterwards.
 * @returns what ends it
 * @see https://opentelemetry.io/docs/languages/js/instrumentation/
 *
 * @example
 * const sdk = new NodeSDK({ traceExporter });
 * sdk.start();
 * instrumentAuth0Connect();
 */
export function instrumentAuth0Connect(options: Auth0ConnectInstrumentationOptions = {}): () => void {
  const tracer = (options.tracerProvider ?? trace).getTracer(NAME, libraryVersion);
  const meter = (options.meterProvider ?? metrics).getMeter(NAME, libraryVersion);
  const ends = [
    traceWork<ExchangeFacts>('exchange', tracer, {
      span: 'auth0_connect.exchange',
      duration: meter.createHistogram('auth0_connect.exchange.duration', {
        ...SECONDS,
        description: 'Exchanges at Token Vault',
      }),
      attributesOf: ({ connection, subjectType }) => ({
        'auth0_connect.connection': connection,
        'auth0_connect.subject.type': subjectType,
      }),
    }),
    traceWork<LeaseWaitFacts>('lease.wait', tracer, {
      span: 'auth0_connect.lease.wait',
      duration: meter.createHistogram('auth0_connect.lease.wait.duration', {
        ...SECONDS,
        description: 'Waits for another process that obtains the same',
      }),
      attributesOf: ({ lease }) => ({ 'auth0_connect.lease.type': lease }),
    }),
    countRequests(meter),
  ];
  return () => ends.forEach((end) => end());
}

/** A span and a duration for each piece of work of one tracing channel. */
function traceWork<Facts extends object>(
  name: string,
  tracer: Tracer,
  { span: spanName, duration, attributesOf }: SpanKind<Facts>,
): () => void {
  const channel: TracingChannel<Context, object> = tracingChannel<Context, object>(`${CHANNEL_PREFIX}:${name}`);
  const works = new WeakMap<object, Work>();
  const begin = (facts: object): Context => {
    const attributes = attributesOf(facts as Facts);
    const span = tracer.startSpan(spanName, { attributes });
    works.set(facts, { span, attributes, startedAt: performance.now() });
    return trace.setSpan(context.active(), span);
  };
  const end = (message: unknown): void => {
    const work = works.get(message as object);
    if (!work) return;
    works.delete(message as object);
    const { span, attributes, startedAt } = work;
    const { error } = message as Failed;
    const failure: Attributes = error === undefined ? {} : { 'error.type': errorTypeOf(error) };
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttributes(failure);
    span.end();
    duration.record((performance.now() - startedAt) / 1000, { ...attributes, ...failure });
  };
  // What happens within, an HTTP request say, has this span above it. Node calls nothing of the storage but `run`.
  const asCurrent = { run: (current: Context, work: () => unknown) => context.with(current, work) };
  const storage = asCurrent as unknown as AsyncLocalStorage<Context>;
  channel.start.bindStore(storage, begin);
  channel.asyncEnd.subscribe(end);
  return () => {
    channel.start.unbindStore(storage);
    channel.asyncEnd.unsubscribe(end);
  };
}

interface SpanKind<Facts> {
  readonly span: string;
  readonly duration: Histogram;
  readonly attributesOf: (facts: Facts) => Attributes;
}

function countRequests(meter: Meter): () => void {
  const requests: Counter = meter.createCounter('auth0_connect.token.requests', {
    unit: '{request}',
    description: 'Tokens of providers that the application has asked for, by where they came from',
  });
  const name = `${CHANNEL_PREFIX}:token.requested`;
  const count = (message: unknown): void => {
    const { connection, subjectType, source, errorCode } = message as TokenRequest;
    requests.add(1, {
      'auth0_connect.connection': connection,
      'auth0_connect.subject.type': subjectType,
      ...(source && { 'auth0_connect.token.source': source }),
      ...(errorCode !== undefined && { 'error.type': errorCode }),
    });
  };
  subscribe(name, count);
  return () => void unsubscribe(name, count);
}

/** Never its message, which may hold what came from outside. */
function errorTypeOf(error: unknown): string {
  if (error instanceof Auth0ConnectError) return error.code;
  if (error instanceof AccountNotConnected) return 'connection_required';
  return error instanceof Error ? error.name : '_OTHER';
}
