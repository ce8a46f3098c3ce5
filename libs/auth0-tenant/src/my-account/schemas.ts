import type { Schema } from './json-schema.js';

const text = (minLength: number, maxLength: number): Schema => ({ type: 'string', minLength, maxLength });

const AUTHORIZATION_PARAMS: Schema = {
  type: 'object',
  properties: {
    acr_values: text(1, 1024),
    audience: text(1, 512),
    resource: text(1, 512),
    display: { enum: ['page', 'popup', 'touch', 'wap'] },
    id_token_hint: text(1, 4096),
    login_hint: text(1, 255),
    max_age: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
    prompt: { enum: ['none', 'login', 'consent', 'select_account'] },
    ui_locales: { ...text(2, 100), pattern: /^[a-zA-Z]{2}(-[a-zA-Z]{2})?(\s[a-zA-Z]{2}(-[a-zA-Z]{2})?)*$/ },
  },
};

/** The body of `POST /connected-accounts/connect`. */
export const CONNECT_REQUEST: Schema<ConnectRequestBody> = {
  type: 'object',
  properties: {
    connection: text(1, 128),
    redirect_uri: { ...text(0, 2048), format: 'uri' },
    state: text(1, 4096),
    code_challenge: text(43, 128),
    code_challenge_method: { enum: ['S256'] },
    scopes: { type: 'array', items: text(1, 255), minItems: 1, maxItems: 100, uniqueItems: true },
    authorization_params: AUTHORIZATION_PARAMS,
  },
  required: ['connection', 'redirect_uri'],
  dependentRequired: { code_challenge: ['code_challenge_method'] },
};

/** What that body is once it is valid. */
export interface ConnectRequestBody {
  connection: string;
  redirect_uri: string;
  state?: string;
  code_challenge?: string;
  code_challenge_method?: 'S256';
  scopes?: string[];
  authorization_params?: { login_hint?: string };
}

/** The body of `POST /connected-accounts/complete`. */
export const COMPLETE_REQUEST: Schema<CompleteRequestBody> = {
  type: 'object',
  properties: {
    auth_session: text(0, 64),
    connect_code: text(1, 46),
    redirect_uri: { ...text(0, 2048), format: 'uri' },
    code_verifier: text(43, 128),
  },
  required: ['auth_session', 'connect_code', 'redirect_uri'],
};

/** What that body is once it is valid. */
export interface CompleteRequestBody {
  auth_session: string;
  connect_code: string;
  redirect_uri: string;
  code_verifier?: string;
}
