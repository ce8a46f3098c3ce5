#!/usr/bin/env node
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { auth0Providers } from './auth0/auth0.providers.js';
import { HELP, readArguments } from './cli/arguments.js';
import { tablesOf } from './cli/data-source.js';
import { logInOnce } from './cli/login.js';
import { optionsOf } from './cli/options.js';
import { isWell, jsonReport, textReport } from './cli/report.js';
import { Auth0Doctor } from './doctor/auth0-doctor.js';
import { doctorProviders } from './doctor/doctor.providers.js';
import type { Finding, FindingCode } from './doctor/findings.js';
import { ConfigurationError } from './errors/index.js';
import { LoginCheck } from './doctor/login-check.js';
import { TABLES_PROBE } from './doctor/ports.js';
import { AUTHORIZATION_SERVER, type AuthorizationServer } from './login/ports.js';
import { AppAddressesService } from './nest/request/app-addresses.service.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from './options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from './ports/app-addresses.js';
import { CLOCK, systemClock, systemTicks, TICKS } from './ports/clock.js';
import { systemWait, WAIT } from './ports/wait.js';

const SOMETHING_IS_WRONG = 1;
const COULD_NOT_LOOK = 2;
const WHERE_FROM =
  'domain is AUTH0_DOMAIN of the environment, clientId AUTH0_CLIENT_ID, clientSecret AUTH0_CLIENT_SECRET, appBaseUrl APP_BASE_URL\n';

/** What the doctor needs of the library's module, without routes and entities. */
@Module({})
class DoctorModule {}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  const { options, routes } = optionsOf(process.env, args.prefix);
  const tables = args['data-source'] === undefined ? undefined : await tablesOf(args['data-source']);
  const context = await NestFactory.createApplicationContext(
    {
      module: DoctorModule,
      providers: [
        { provide: RESOLVED_OPTIONS, useValue: options },
        { provide: RESOLVED_ROUTES, useValue: routes },
        { provide: APP_ADDRESSES, useClass: AppAddressesService },
        { provide: CLOCK, useValue: systemClock },
        { provide: TICKS, useValue: systemTicks },
        { provide: WAIT, useValue: systemWait },
        ...(tables ? [{ provide: TABLES_PROBE, useValue: tables }] : []),
        ...auth0Providers,
        ...doctorProviders,
      ],
    },
    { logger: false, abortOnError: false },
  );
  const findings = await context.get(Auth0Doctor).check();
  try {
    if (args.login && canLogIn(findings)) findings.push(...(await checkLogin(context, options)));
    else if (args.login) process.stderr.write('The login is left out: what it needs is wrong\n');
  } finally {
    // Also where the login has come to nothing.
    process.stdout.write(args.json ? jsonReport(findings) : textReport(findings));
  }
  if (!isWell(findings)) process.exitCode = SOMETHING_IS_WRONG;
}

/** Nobody would come back from a login that lacks one of these. */
const LOGIN_NEEDS = new Set<FindingCode>([
  'domain',
  'client_credentials',
  'grant_authorization_code',
  'pushed_authorization_requests',
  'callback_url',
  'audience',
]);

function canLogIn(findings: readonly Finding[]): boolean {
  return !findings.some(({ code, state }) => state === 'wrong' && LOGIN_NEEDS.has(code));
}

async function checkLogin(context: INestApplicationContext, options: ResolvedOptions): Promise<Finding[]> {
  const [domain] = options.issuerOrigins;
  const [appBaseUrl] = options.appBaseUrls;
  const { audience, scope, authorizationParams, clientId } = options;
  const refreshToken = await logInOnce(
    context.get<AuthorizationServer>(AUTHORIZATION_SERVER),
    {
      domain,
      redirectUri: context.get<AppAddresses>(APP_ADDRESSES).loginCallback(appBaseUrl),
      parameters: { ...authorizationParams, scope, ...(audience !== undefined && { audience }) },
    },
    (url) => process.stderr.write(`Log in at ${url}\n`),
  );
  return context.get(LoginCheck).check(domain, clientId, refreshToken);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`nestjs-auth0-connect: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof ConfigurationError) process.stderr.write(WHERE_FROM);
  process.exitCode = COULD_NOT_LOOK;
}
