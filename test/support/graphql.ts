import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Injectable, UseGuards, type DynamicModule, type ExecutionContext } from '@nestjs/common';
import {
  Field,
  GqlExecutionContext,
  GraphQLModule,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { AuthGuard } from '@nestjs/passport';
import { createClient, type Client } from 'graphql-ws';
import {
  AccessTokenGuard,
  ApiCaller,
  ConnectedToken,
  CurrentSubject,
  CurrentUser,
  LoginSession,
  Public,
  SessionGuard,
  SessionOrAccessTokenGuard,
  type Subject,
} from 'nestjs-auth0-connect';
import { WebSocket } from 'ws';
import type { Person } from './person.js';
import type { AdapterName, TestApp } from './test-app.js';

/** A GraphQL server of Nest, as it is set up by default but for the subscriptions. */
export interface GraphqlServer {
  name: string;
  adapter: AdapterName;
  module: () => DynamicModule;
}

const common = { autoSchemaFile: true, fieldResolverEnhancers: ['guards' as const] };
const apollo = (): DynamicModule =>
  GraphQLModule.forRoot<ApolloDriverConfig>({
    ...common,
    driver: ApolloDriver,
    subscriptions: { 'graphql-ws': true },
    allowBatchedHttpRequests: true,
  });

export const graphqlServers: GraphqlServer[] = [
  { name: 'Apollo on Express', adapter: 'Express', module: apollo },
  { name: 'Apollo on Fastify', adapter: 'Fastify', module: apollo },
  {
    name: 'mercurius on Fastify',
    adapter: 'Fastify',
    module: () =>
      GraphQLModule.forRoot<MercuriusDriverConfig>({
        ...common,
        driver: MercuriusDriver,
        subscription: { fullWsTransport: true },
        allowBatchedQueries: true,
        jit: 2,
      }),
  },
];

/** What happens, for those who subscribe to it. */
@Injectable()
export class Happenings {
  #waiting: (() => void)[] = [];
  #count = 0;

  happen(): void {
    this.#count += 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async *since(): AsyncGenerator<{ news: object }> {
    for (let seen = this.#count; ; seen += 1) {
      if (seen === this.#count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      yield { news: {} };
    }
  }
}

/** Whom a field acts for: the kind of subject, its user, and what `@CurrentUser` says. */
function whom(subject: Subject | null, user: unknown): string {
  const kind = subject instanceof LoginSession ? 'session' : subject instanceof ApiCaller ? 'token' : 'nobody';
  const { sub, id } = (user ?? {}) as { sub?: string; id?: string };
  return [kind, subject?.userId, sub ?? id].join(' ');
}

/** Passport's own guards, as Nest's documentation of GraphQL shows them. */
class PassportSessionGuard extends AuthGuard('auth0-connect-session') {
  override getRequest(context: ExecutionContext): unknown {
    return requestIn(context);
  }
}
class PassportTokenGuard extends AuthGuard('auth0-connect-access-token') {
  override getRequest(context: ExecutionContext): unknown {
    return requestIn(context);
  }
}

function requestIn(context: ExecutionContext): unknown {
  const { req, reply } = GqlExecutionContext.create(context).getContext<{
    req?: object;
    reply?: { request: object };
  }>();
  return req ?? reply?.request;
}

@ObjectType()
export class Who {
  @Field(() => String)
  bySession!: string;
  @Field(() => String)
  byToken!: string;
  @Field(() => String)
  byEither!: string;
  @Field(() => String)
  github!: string;
}

/** Fields of an object, each with a guard of its own. */
@Resolver(() => Who)
export class WhoResolver {
  constructor(@Inject(Happenings) private readonly happenings: Happenings) {}

  @Query(() => Who)
  @Public()
  who(): object {
    return {};
  }

  @Subscription(() => Who)
  @Public()
  news(): AsyncIterator<unknown> {
    return this.happenings.since();
  }

  @ResolveField()
  @UseGuards(SessionGuard)
  bySession(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @ResolveField()
  @UseGuards(AccessTokenGuard)
  byToken(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @ResolveField()
  @UseGuards(SessionOrAccessTokenGuard)
  byEither(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @ResolveField()
  @UseGuards(SessionGuard)
  github(@ConnectedToken('github') token: string): string {
    return token;
  }
}

@Resolver()
export class FieldsResolver {
  @Query(() => String)
  @UseGuards(SessionGuard)
  bySession(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Query(() => String)
  @UseGuards(AccessTokenGuard)
  byToken(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Query(() => String)
  @UseGuards(SessionOrAccessTokenGuard)
  byEither(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Query(() => String)
  @UseGuards(PassportSessionGuard)
  byPassportSession(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Query(() => String)
  @UseGuards(PassportTokenGuard)
  byPassportToken(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Query(() => String)
  @Public()
  open(@CurrentSubject() subject: Subject | null, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Query(() => String)
  @UseGuards(SessionGuard)
  githubBySession(@ConnectedToken('github') token: string): string {
    return token;
  }

  @Query(() => String)
  @UseGuards(AccessTokenGuard)
  githubByToken(@ConnectedToken('github') token: string): string {
    return token;
  }

  @Mutation(() => String)
  @UseGuards(SessionGuard)
  changeBySession(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }

  @Mutation(() => String)
  @UseGuards(AccessTokenGuard)
  changeByToken(@CurrentSubject() subject: Subject, @CurrentUser() user: unknown): string {
    return whom(subject, user);
  }
}

export const graphqlProviders = [Happenings, WhoResolver, FieldsResolver];

export interface GraphqlResult {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: object }[];
}

/** One operation, or several in one request. */
export async function query<Q extends string | string[]>(
  test: TestApp,
  person: Person,
  operations: Q,
  headers: Record<string, string> = {},
): Promise<Q extends string ? GraphqlResult : GraphqlResult[]> {
  const body = typeof operations === 'string' ? { query: operations } : operations.map((one) => ({ query: one }));
  const answer = await person.request(test.at('/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return answer.json();
}

/** A socket over which operations go one after the other. */
export class GraphqlSocket {
  private constructor(private readonly client: Client) {}

  /** @param headers of the request that opens the socket */
  static open(test: TestApp, headers: Record<string, string>): GraphqlSocket {
    class SocketWithHeaders extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers });
      }
    }
    const url = test.at('/graphql').replace('http:', 'ws:');
    return new GraphqlSocket(
      createClient({ url, webSocketImpl: SocketWithHeaders, retryAttempts: 0, lazyCloseTimeout: 60_000 }),
    );
  }

  /** The next result of each call, as long as the operation goes on. */
  results(operation: string): AsyncIterableIterator<GraphqlResult> {
    return this.client.iterate({ query: operation }) as AsyncIterableIterator<GraphqlResult>;
  }

  async query(operation: string): Promise<GraphqlResult> {
    const { value } = (await this.results(operation).next()) as { value: GraphqlResult };
    return value;
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }
}
