import { createRequire } from 'node:module';
import { context, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { LoggerModule } from 'nestjs-pino';
import { AUTH0_CONNECT_REDACT, AUTH0_CONNECT_SECRET_PARAMETERS, redactUrl } from 'nestjs-auth0-connect';
import { instrumentAuth0Connect } from 'nestjs-auth0-connect/opentelemetry';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { someUsers } from '../support/flows.js';
import type { Person } from '../support/person.js';
import { CALENDAR_SCOPE, TestApp } from '../support/test-app.js';

/** Parameters of requests to Auth0 that nobody else may see. */
const SECRET_FIELDS = [
  'auth_session',
  'client_secret',
  'code',
  'code_challenge',
  'code_verifier',
  'connect_code',
  'id_token_hint',
  'nonce',
  'refresh_token',
  'state',
  'subject_token',
  'ticket',
];

describe('logs and spans of an application', () => {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 1_000_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const redactedQueryParams = [...AUTH0_CONNECT_SECRET_PARAMETERS];
  const http = new HttpInstrumentation({ redactedQueryParams, redactedQueryParamsServer: redactedQueryParams });
  const log: string[] = [];
  let test: TestApp;
  let stop: () => void;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    http.setTracerProvider(tracerProvider);
    http.enable();
    createRequire(import.meta.url)('node:http'); // which is when it is instrumented
    stop = instrumentAuth0Connect({ tracerProvider, meterProvider });
    const pino = LoggerModule.forRoot({
      pinoHttp: [
        {
          redact: [...AUTH0_CONNECT_REDACT],
          serializers: { req: (req: { url: string }) => ({ ...req, url: redactUrl(req.url) }) },
        },
        { write: (line: string) => void log.push(line) },
      ],
    });
    test = await TestApp.start('Express', { tenant: { users: someUsers(20) }, imports: [pino] });
  });
  afterAll(async () => {
    stop?.();
    http.disable();
    await test?.stop();
    context.disable();
  });
  beforeEach(() => {
    user = `auth0|person${count++}`;
    spans.reset();
    log.length = 0;
    test.control.resetCounts();
  });

  const ours = (name: string): ReadableSpan[] => spans.getFinishedSpans().filter((span) => span.name === name);
  const connected = async (): Promise<Person> => {
    test.control.connectAccount(user, 'google-oauth2', { scopes: [CALENDAR_SCOPE] });
    return test.logIn(user);
  };
  const metric = async (name: string): Promise<{ unit: string; values: unknown[] }> => {
    await reader.forceFlush();
    const found = points
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === name);
    return {
      unit: found?.descriptor.unit ?? '',
      values: (found?.dataPoints ?? []).map(({ attributes }) => attributes),
    };
  };

  it('hold no cookie, code, state or token of a login, a connect, a request for a token and a logout', async () => {
    const person = await test.logIn(user);
    await test.connect(
      person,
      'google-oauth2',
      {},
      `&scopes=${encodeURIComponent(CALENDAR_SCOPE)}&login_hint=a@b.example`,
    );
    expect((await person.request(test.at('/calendar'))).status).toBe(200);
    const cookies = person.cookieHeader(new URL(test.url)).split('; ');
    const { token } = (await person.request(test.at('/calendar'))).json<{ token: string }>();
    await person.request(test.at('/auth/logout?returnTo=/'), { method: 'POST' });

    const sent = test.control.requests.flatMap(({ query, body }) => [query, body] as Record<string, unknown>[]);
    const fields = sent.flatMap((values) => SECRET_FIELDS.map((name) => values?.[name]));
    const secrets = [
      token,
      'a@b.example',
      'a%40b.example',
      ...fields,
      ...cookies.map((one) => one.split('=')[1]),
    ].filter((secret): secret is string => typeof secret === 'string' && secret.length > 5);
    expect(secrets.length).toBeGreaterThan(20);
    const exported = JSON.stringify(
      spans.getFinishedSpans().map(({ name, attributes, events }) => [name, attributes, events]),
    );
    await reader.forceFlush();
    const measured = JSON.stringify(points.getMetrics());
    expect(log.length).toBeGreaterThan(5);
    expect(log.join('')).toContain('/auth/callback?code=REDACTED');
    expect(exported).toContain('/auth/callback');
    const told = { log: log.join(''), spans: exported, metrics: measured };
    const leaks = Object.entries(told).flatMap(([what, text]) =>
      secrets.filter((secret) => text.includes(secret)).map((secret) => `${what}: ${secret}`),
    );
    expect(leaks).toEqual([]);
  });

  it('show an exchange below the request that needed it, with whose and of which connection', async () => {
    const person = await connected();
    spans.reset();
    await person.request(test.at('/calendar'));

    const [exchange, ...others] = ours('auth0_connect.exchange');
    expect(others).toEqual([]);
    expect(exchange?.attributes).toEqual({
      'auth0_connect.connection': 'google-oauth2',
      'auth0_connect.subject.type': 'session',
    });
    const request = spans.getFinishedSpans().find((span) => span.attributes['url.path'] === '/calendar');
    expect(request).toBeDefined();
    expect(exchange?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    await person.request(test.at('/calendar'));
    expect(ours('auth0_connect.exchange')).toHaveLength(1);
  });

  it('name a failure by the code of its error and by nothing else', async () => {
    const person = await test.logIn(user);
    spans.reset();
    await person.request(test.at('/calendar'));
    test.control.failNext('exchange', { status: 503, body: { error_description: 'secret words' }, times: 2 });
    await person.request(test.at('/calendar'));

    expect(ours('auth0_connect.exchange').map(({ attributes, status }) => [attributes['error.type'], status])).toEqual([
      ['connection_required', { code: SpanStatusCode.ERROR }],
      ['auth0_unavailable', { code: SpanStatusCode.ERROR }],
    ]);
    expect(JSON.stringify(ours('auth0_connect.exchange').map(({ events }) => events))).toBe('[[],[]]');
  });

  it('count and measure what was asked for, in seconds and requests', async () => {
    const person = await connected();
    await person.request(test.at('/calendar'));
    await person.request(test.at('/calendar'));

    const duration = await metric('auth0_connect.exchange.duration');
    expect(duration.unit).toBe('s');
    expect(duration.values).toContainEqual({
      'auth0_connect.connection': 'google-oauth2',
      'auth0_connect.subject.type': 'session',
    });
    const requests = await metric('auth0_connect.token.requests');
    expect(requests.unit).toBe('{request}');
    for (const source of ['exchange', 'stored']) {
      expect(requests.values).toContainEqual({
        'auth0_connect.connection': 'google-oauth2',
        'auth0_connect.subject.type': 'session',
        'auth0_connect.token.source': source,
      });
    }
    expect(requests.values).toContainEqual(expect.objectContaining({ 'error.type': 'connection_required' }));
  });
});
