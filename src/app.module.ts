import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Auth0ConnectModule } from 'nestjs-auth0-connect';
import { AccountsPageModule } from './accounts/accounts-page.module.js';
import { AgendaController } from './agenda/agenda.controller.js';
import { API_AUDIENCE } from './agenda/events-api.js';
import { EventsController } from './agenda/events.controller.js';
import { AgentController } from './agent/agent.controller.js';
import { AGENT_MODEL, AgentService } from './agent/agent.service.js';
import { AgentTools } from './agent/agent-tools.service.js';
import { scriptedModel } from './agent/scripted-model.js';
import { CalendarController } from './calendar/calendar.controller.js';
import { CalendarService } from './calendar/calendar.service.js';
import { databaseOptions, ENTITIES, MIGRATIONS } from './database.js';
import { isLocalTenant, type AppEnvironment } from './environment.js';
import { ErrorPageFilter } from './pages/error-page.filter.js';
import { HomeController } from './pages/home.controller.js';
import { RepositoriesController } from './repositories/repositories.controller.js';
import { RepositoriesService } from './repositories/repositories.service.js';
import { ChannelsService } from './slack/channels.service.js';

@Module({})
export class AppModule {
  static forEnvironment({ auth0, ...environment }: AppEnvironment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({
          ...databaseOptions(environment.databaseUrl),
          entities: ENTITIES,
          migrations: MIGRATIONS,
          migrationsRun: true,
        }),
        Auth0ConnectModule.forRoot({
          domain: auth0.domain,
          clientId: auth0.clientId,
          clientSecret: auth0.clientSecret,
          secret: auth0.secrets,
          appBaseUrl: environment.appBaseUrl,
          authorizationParams: environment.authorizationParams,
          allowInsecureHttp: isLocalTenant(auth0.domain),
          apiAudience: auth0.api?.audience,
          apiClient: auth0.api && { clientId: auth0.api.clientId, clientSecret: auth0.api.clientSecret },
        }),
        AccountsPageModule.forTenant(auth0.domain),
      ],
      controllers: [
        HomeController,
        CalendarController,
        RepositoriesController,
        AgendaController,
        AgentController,
        ...(auth0.api ? [EventsController] : []),
      ],
      providers: [
        CalendarService,
        RepositoriesService,
        ChannelsService,
        AgentTools,
        AgentService,
        { provide: AGENT_MODEL, useFactory: () => environment.agentModel ?? scriptedModel() },
        { provide: API_AUDIENCE, useValue: auth0.api?.audience ?? null },
        { provide: APP_FILTER, useClass: ErrorPageFilter },
      ],
    };
  }
}
