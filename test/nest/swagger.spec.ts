import {
  All,
  Controller,
  Get,
  Module,
  UseGuards,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type VersioningOptions,
} from '@nestjs/common';
import { ApiResponse, DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import {
  AccessTokenGuard,
  ConnectedToken,
  Public,
  RequireConnection,
  RequireScopes,
  SessionGuard,
  SessionOrAccessTokenGuard,
} from 'nestjs-auth0-connect';
import { describeAuth0Connect } from 'nestjs-auth0-connect/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { API_AUDIENCE, TestApp } from '../support/test-app.js';

@Controller({ path: 'notes', version: [VERSION_NEUTRAL] })
@UseGuards(SessionGuard)
class NotesController {
  @Get()
  notes(@ConnectedToken('github') token: string): string {
    return token;
  }

  @Get('open')
  @Public()
  open(): string {
    return 'open';
  }

  @Get('described')
  @ApiResponse({ status: 401, description: 'As the application has it' })
  described(): string {
    return 'described';
  }
}

@Controller('events')
class EventsController {
  @Get()
  @UseGuards(AccessTokenGuard)
  @RequireScopes('read:events')
  events(): string {
    return 'events';
  }

  @Get('either')
  @UseGuards(SessionOrAccessTokenGuard)
  either(): string {
    return 'either';
  }

  @Get('unguarded')
  unguarded(): string {
    return 'anybody';
  }
}

@Controller('repositories')
@UseGuards(SessionGuard)
class RepositoriesController {
  @Get()
  @RequireConnection('github')
  repositories(): string {
    return 'repositories';
  }

  @All('all')
  all(): string {
    return 'all';
  }
}

@Module({ controllers: [NotesController, EventsController, RepositoriesController] })
class NotesModule {}

/** Of the same name as the one above, as controllers of several modules may be. */
@Controller('admin/events')
@UseGuards(SessionGuard)
class AdminEventsController {
  @Get('unguarded')
  unguarded(): string {
    return 'somebody';
  }
}
Object.defineProperty(AdminEventsController, 'name', { value: EventsController.name });

@Module({ controllers: [AdminEventsController] })
class AdminModule {}

@Controller({ path: 'versions', version: ['1', '2_beta'] })
@UseGuards(SessionGuard)
class VersionsController {
  @Get()
  versions(): string {
    return 'versions';
  }

  @Get('third')
  @Version('3')
  @UseGuards(AccessTokenGuard)
  third(): string {
    return 'third';
  }
}

const references = (response: unknown): string[] =>
  [...JSON.stringify(response).matchAll(/schemas\/(\w+)/g)].map(([, name = '']) => name);

describe.each(['Express', 'Fastify'] as const)('an OpenAPI document, on %s', (adapter) => {
  let test: TestApp;
  let document: OpenAPIObject;
  const operation = (path: string, method: 'get' | 'post' | 'delete' = 'get') => document.paths[path]![method]!;

  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      imports: [NotesModule, AdminModule],
      options: { apiAudience: API_AUDIENCE },
      configure: (app) => {
        app.setGlobalPrefix('api');
        const made = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Notes').build());
        document = describeAuth0Connect(made, app);
        SwaggerModule.setup('docs', app, document);
      },
    });
  });
  afterAll(() => test.stop());

  it('names what a session and an access token are', () => {
    expect(document.components?.securitySchemes).toEqual({
      'auth0-session': expect.objectContaining({ type: 'apiKey', in: 'cookie', name: 'auth0_connect_session' }),
      'auth0-access-token': expect.objectContaining({
        type: 'oauth2',
        flows: {
          authorizationCode: {
            authorizationUrl: `${test.tenant.domain}/authorize?audience=https%3A%2F%2Fapi.example.com`,
            tokenUrl: `${test.tenant.domain}/oauth/token`,
            scopes: { 'read:events': 'read:events' },
          },
        },
      }),
    });
  });

  it('tells of each handler what it lets in by, and what it answers otherwise', () => {
    const notes = operation('/api/notes');
    expect(notes.security).toEqual([{ 'auth0-session': [] }]);
    expect(references(notes.responses['401'])).toEqual(['Auth0LoginRequired']);
    expect(references(notes.responses['403'])).toEqual(['Auth0ConnectNeeded']);

    const events = operation('/api/events');
    expect(events.security).toEqual([{ 'auth0-access-token': ['read:events'] }]);
    expect(references(events.responses['401'])).toEqual(['Auth0AccessTokenRequired']);
    expect(references(events.responses['403'])).toEqual(['Auth0TokenInsufficient']);

    const either = operation('/api/events/either');
    expect(either.security).toEqual([{ 'auth0-session': [] }, { 'auth0-access-token': [] }]);
    expect(references(either.responses['401'])).toEqual(['Auth0LoginRequired', 'Auth0AccessTokenRequired']);
    expect(either.responses['403']).toBeUndefined();
  });

  it('tells of an account that @RequireConnection asks for, and of each method that @All answers', () => {
    expect(references(operation('/api/repositories').responses['403'])).toEqual(['Auth0ConnectNeeded']);
    for (const method of ['get', 'post', 'delete'] as const) {
      expect(operation('/api/repositories/all', method).security).toEqual([{ 'auth0-session': [] }]);
    }
  });

  it('does not take one controller for another of its name', () => {
    expect(operation('/api/admin/events/unguarded').security).toEqual([{ 'auth0-session': [] }]);
    expect(operation('/api/events/unguarded').security).toBeUndefined();
  });

  it('says nothing of what is open, and nothing over what the application has said', () => {
    for (const path of ['/api/notes/open', '/api/events/unguarded']) {
      expect(operation(path).security).toBeUndefined();
      expect(Object.keys(operation(path).responses)).toEqual(['200']);
    }
    expect(operation('/api/notes/described').responses['401']).toMatchObject({
      description: 'As the application has it',
    });
  });

  it('has every schema that it refers to', () => {
    const known = Object.keys(document.components?.schemas ?? {});
    expect([...new Set(references(document.paths))].filter((name) => !known.includes(name))).toEqual([]);
  });

  it("tells parameters and redirects of the library's own routes", () => {
    const parametersOf = (path: string): unknown[] =>
      (operation(path).parameters ?? []).map((parameter) => (parameter as { name: string }).name);
    expect(parametersOf('/api/auth/login')).toEqual(
      expect.arrayContaining(['returnTo', 'organization', 'screen_hint', 'max_age']),
    );
    expect(Object.keys(operation('/api/auth/login').responses)).toEqual(['302']);
    expect(parametersOf('/api/auth/connect/{connection}')).toEqual([
      'connection',
      'returnTo',
      'scopes',
      'login_hint',
      'prompt',
      'max_age',
    ]);
    expect(Object.keys(operation('/api/auth/connect/{connection}').responses)).toEqual(['302', '401']);
    expect(Object.keys(operation('/api/auth/accounts/{id}', 'delete').responses)).toEqual(['204', '401']);
  });

  it('has each parameter of a path in the path', () => {
    const wrong = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item as Record<string, { parameters?: { in: string; name: string }[] }>)
        .flatMap(({ parameters = [] }) => parameters)
        .filter((parameter) => parameter.in === 'path' && !path.includes(`{${parameter.name}}`))
        .map(({ name }) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
    expect(operation('/api/auth/connect').parameters).toContainEqual(
      expect.objectContaining({ in: 'query', name: 'connection', required: true }),
    );
  });

  it("tells something of each of the library's routes", () => {
    const own = Object.entries(document.paths).filter(([path]) => /\/(auth|\.well-known)\//.test(path));
    const untold = own.flatMap(([path, item]) =>
      Object.values(item as Record<string, { summary?: string }>).flatMap(({ summary }) => (summary ? [] : [path])),
    );
    expect(own.length).toBeGreaterThan(10);
    expect(untold).toEqual([]);
  });

  it('describes bodies as they are', async () => {
    const { schemas } = document.components as { schemas: Record<string, { properties: object; required: string[] }> };
    const person = new Person();
    const login = await person.open(test.at('/api/auth/login'));
    await person.submit(login, { user: 'auth0|alice', action: 'login' });
    for (const [path, name, who] of [
      ['/api/notes', 'Auth0LoginRequired', new Person()],
      ['/api/events', 'Auth0AccessTokenRequired', new Person()],
      ['/api/notes', 'Auth0ConnectNeeded', person],
    ] as const) {
      const answer = await who.request(test.at(path));
      const body = answer.json();
      const schema = schemas[name]!;
      expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(body)));
      expect(Object.keys(body)).toEqual(expect.arrayContaining(schema.required));
      expect(JSON.stringify(schema.properties)).toContain(`"${String(body.errorCode)}"`);
    }
  });

  it('is served by swagger', async () => {
    const answer = await new Person().request(test.at('/docs-json'));
    expect(answer.json<OpenAPIObject>().paths['/api/notes']?.get?.security).toEqual([{ 'auth0-session': [] }]);
  });
});

describe.each<[string, VersioningOptions, string[]]>([
  ['in the path', { type: VersioningType.URI }, ['/v1/versions', '/v2_beta/versions', '/v3/versions/third']],
  [
    'in the path with a prefix',
    { type: VersioningType.URI, prefix: 'r' },
    ['/r1/versions', '/r2_beta/versions', '/r3/versions/third'],
  ],
  ['in a header', { type: VersioningType.HEADER, header: 'x-version' }, ['/versions', '/versions/third']],
])('an OpenAPI document of versions %s', (_where, versioning, paths) => {
  it.each([
    ["Nest's own ids", undefined],
    [
      'ids of the application',
      (controller: string, method: string, version = '0') => `${version}.${method}.${controller}`,
    ],
  ])('tells of each what it lets in by, with %s', async (_ids, operationIdFactory) => {
    let document: OpenAPIObject | undefined;
    const test = await TestApp.start('Express', {
      controllers: [VersionsController],
      options: { apiAudience: API_AUDIENCE },
      configure: (app) => {
        app.enableVersioning(versioning);
        const made = SwaggerModule.createDocument(app, new DocumentBuilder().build(), { operationIdFactory });
        document = describeAuth0Connect(made, app, { operationIdFactory });
      },
    });
    await test.stop();
    expect(paths.map((path) => document?.paths[path]?.get?.security)).toEqual(
      paths.map((path) => [{ [path.endsWith('third') ? 'auth0-access-token' : 'auth0-session']: [] }]),
    );
  });
});
