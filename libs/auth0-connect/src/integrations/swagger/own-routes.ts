import type { Credentials } from '../../nest/request/request-subject.js';
import type { RouteName } from '../../options/routes.js';

/** A parameter of a route. */
export interface OwnParameter {
  readonly in: 'query' | 'path';
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: object;
}

/** One of the library's own routes, as OpenAPI has it. */
interface OwnRoute {
  readonly parameter?: string;
  readonly methods: Readonly<
    Record<
      string,
      {
        readonly summary: string;
        readonly credentials?: Credentials;
        readonly connections?: readonly string[];
        readonly parameters?: readonly OwnParameter[];
        readonly requestBody?: object;
        readonly responses: Readonly<Record<string, object>>;
      }
    >
  >;
}

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const date = { type: 'string', format: 'date-time' };

const query = (name: string, description: string, schema: object = text): OwnParameter => ({
  in: 'query',
  name,
  required: false,
  description,
  schema,
});
const inPath = (name: string, description: string): OwnParameter => ({
  in: 'path',
  name,
  required: true,
  description,
  schema: text,
});
const redirect = (description: string): Record<string, object> => ({
  '302': { description, headers: { Location: { schema: { type: 'string', format: 'uri' } } } },
});
const json = (description: string, properties: Record<string, object>): Record<string, object> => ({
  '200': { description, content: { 'application/json': { schema: { type: 'object', properties } } } },
});

const page = (description: string): Record<string, object> => ({
  '200': { description, content: { 'text/html': { schema: text } } },
});

const RETURN_TO = query('returnTo', 'Where the person goes on, a path of the application');
const PAGES = [
  query('take', 'How many at once', { type: 'integer', minimum: 1, maximum: 20 }),
  query('from', 'What `next` of the answer before was'),
];
const LOGIN_PARAMETERS = [
  'connection',
  'organization',
  'invitation',
  'login_hint',
  'screen_hint',
  'prompt',
  'ui_locales',
  'acr_values',
  'max_age',
];
const LOGOUT = {
  summary: 'Ends the session',
  parameters: [RETURN_TO, query('federated', 'Logs out at the identity provider, too', { type: 'boolean' })],
  responses: redirect("To Auth0's logout"),
};
const CALLBACK: OwnRoute = {
  methods: {
    get: {
      summary: 'Completes a login or a connect',
      parameters: ['state', 'code', 'connect_code', 'error', 'error_description', 'iss'].map((name) =>
        query(name, 'As Auth0 sends it'),
      ),
      responses: redirect('On to the page that the person came from'),
    },
  },
};

/** Parameters and answers of our routes; those that no program calls by itself are told too, for they stand in the document. */
export const OWN_ROUTES: Readonly<Partial<Record<RouteName, OwnRoute>>> = {
  login: {
    methods: {
      get: {
        summary: 'Logs in',
        parameters: [RETURN_TO, ...LOGIN_PARAMETERS.map((name) => query(name, 'As `/authorize` of Auth0 takes it'))],
        responses: redirect('To Auth0'),
      },
    },
  },
  callback: CALLBACK,
  connectCallback: CALLBACK,
  logout: { methods: { get: LOGOUT, post: LOGOUT } },
  backchannelLogout: {
    methods: {
      post: {
        summary: 'Ends the sessions that a logout token of Auth0 is about',
        requestBody: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: { type: 'object', required: ['logout_token'], properties: { logout_token: text } },
            },
          },
        },
        responses: {
          '200': { description: 'They have ended' },
          '400': { description: 'The token will never do' },
          '503': { description: 'Auth0 should send it again' },
        },
      },
    },
  },
  link: {
    parameter: 'id',
    methods: {
      get: {
        summary: 'Opens a connect link',
        parameters: [inPath('id', 'As the link was made with')],
        responses: {
          ...redirect("To the login, to the provider's consent, or on to where the link leads"),
          ...page('How the link has ended'),
        },
      },
    },
  },
  close: {
    methods: { get: { summary: 'Closes the window it is in', responses: page('A page that closes its window') } },
  },
  protectedResource: {
    methods: {
      get: {
        summary: 'Where callers get access tokens, RFC 9728',
        responses: {
          ...json('The metadata', { resource: text, authorization_servers: texts, scopes_supported: texts }),
          '404': { description: 'Access tokens are not taken here' },
        },
      },
    },
  },
  profile: {
    methods: {
      get: {
        summary: 'The claims about the user',
        credentials: 'session',
        responses: json('The claims', { sub: text }),
      },
    },
  },
  connect: {
    parameter: 'connection',
    methods: {
      get: {
        summary: 'Connects an account',
        credentials: 'session',
        parameters: [
          inPath('connection', "The connection's name at Auth0"),
          RETURN_TO,
          query('scopes', 'What to ask the provider for, repeated or separated by spaces', texts),
          query('login_hint', 'Which account of the provider'),
          query('prompt', '`none`, `login`, `consent` or `select_account`'),
          query('max_age', 'Seconds', { type: 'integer', minimum: 0 }),
        ],
        responses: redirect("To the provider's consent"),
      },
    },
  },
  accounts: {
    parameter: 'id',
    methods: {
      get: {
        summary: 'The connected accounts',
        credentials: 'session',
        parameters: [query('connection', 'Of these connections only', texts), ...PAGES],
        responses: json('The accounts', {
          accounts: {
            type: 'array',
            items: {
              type: 'object',
              properties: {
                id: text,
                connection: text,
                accessType: text,
                scopes: texts,
                createdAt: date,
                expiresAt: date,
                orgId: text,
              },
            },
          },
          next: text,
        }),
      },
      delete: {
        summary: 'Disconnects an account',
        credentials: 'session',
        parameters: [inPath('id', '`cac_...`')],
        responses: { '204': { description: 'It is disconnected' } },
      },
    },
  },
  connections: {
    methods: {
      get: {
        summary: 'What can be connected',
        credentials: 'session',
        parameters: PAGES,
        responses: json('The connections', {
          connections: {
            type: 'array',
            items: { type: 'object', properties: { name: text, strategy: text, scopes: texts } },
          },
          next: text,
        }),
      },
    },
  },
};
