import type { Credentials } from '../../nest/request/request-subject.js';

/** What a handler needs of a request. */
export interface Need {
  readonly credentials: Credentials;
  readonly connections: readonly string[];
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
}

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const url = { type: 'string', format: 'uri' };

function body(codes: readonly string[], statusCode: number, more: Record<string, unknown> = {}): object {
  return {
    type: 'object',
    required: ['statusCode', 'message', 'errorCode'],
    properties: {
      statusCode: { type: 'integer', enum: [statusCode] },
      message: text,
      errorCode: { type: 'string', enum: codes },
      ...more,
    },
  };
}

/** The bodies of our errors. */
export const SCHEMAS: Readonly<Record<string, object>> = {
  Auth0LoginRequired: body(['login_required'], 401, { loginUrl: url }),
  Auth0AccessTokenRequired: body(['access_token_required', 'invalid_token', 'invalid_dpop_proof'], 401),
  Auth0ConnectNeeded: body(['connection_required', 'insufficient_scope'], 403, {
    connection: text,
    scopes: texts,
    missingScopes: texts,
    loginHint: text,
    connectUrl: url,
  }),
  Auth0TokenInsufficient: body(['insufficient_token_scope', 'insufficient_permissions'], 403, {
    scopes: texts,
    permissions: texts,
  }),
};

/** 401, and 403 where there is a reason for it. */
export function answersTo({ credentials, connections, scopes, permissions }: Need): Record<string, unknown> {
  const unauthorized = [
    ...(credentials === 'token' ? [] : ['Auth0LoginRequired']),
    ...(credentials === 'session' ? [] : ['Auth0AccessTokenRequired']),
  ];
  const asked = [...scopes, ...permissions];
  const forbidden = [
    ...(connections.length > 0 ? ['Auth0ConnectNeeded'] : []),
    ...(asked.length > 0 ? ['Auth0TokenInsufficient'] : []),
  ];
  const reasons = [
    connections.length > 0 && `an account of ${[...new Set(connections)].join(', ')} has to be connected`,
    asked.length > 0 && `the access token lacks ${asked.join(', ')}`,
  ].filter(Boolean);
  return {
    '401': answer(
      credentials === 'session' ? 'Nobody is logged in' : 'No login session or valid access token',
      unauthorized,
    ),
    ...(forbidden.length > 0 && { '403': answer(capitalized(reasons.join(', or ')), forbidden) }),
  };
}

function answer(description: string, schemas: readonly string[]): object {
  const references = schemas.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const schema = references.length === 1 ? references[0] : { oneOf: references };
  return { description, content: { 'application/json': { schema } } };
}

function capitalized(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}
