import { createApp } from './create-app.js';
import { startEmbeddedTenant, type EmbeddedTenant } from './embedded-tenant.js';
import { readEnvironment, type AppEnvironment, type Environment } from './environment.js';

async function bootstrap(): Promise<void> {
  const given = readEnvironment(process.env);
  const embedded = given.auth0 ? undefined : await startEmbeddedTenant(given);
  try {
    await start(embedded?.environment ?? withTenant(given), embedded);
  } catch (error) {
    await embedded?.tenant.stop();
    throw error;
  }
}

async function start(environment: AppEnvironment, embedded: EmbeddedTenant | undefined): Promise<void> {
  const app = await createApp(environment);
  app.enableShutdownHooks();
  // Everybody can log in at the local tenant without a password, so that nobody outside gets near.
  await app.listen(environment.port, embedded ? '127.0.0.1' : '0.0.0.0');
  process.stdout.write(greeting(environment, embedded));
}

function withTenant(environment: Environment): AppEnvironment {
  if (!environment.auth0) throw new TypeError('there is no tenant');
  return { ...environment, auth0: environment.auth0 };
}

function greeting({ appBaseUrl, auth0 }: AppEnvironment, embedded: EmbeddedTenant | undefined): string {
  const tenant = embedded
    ? `${auth0.domain}, a local tenant in memory: choose Alice, Bob or Carol, there are no passwords`
    : auth0.domain;
  return `\n  The sample app is at  ${appBaseUrl}\n  Auth0 tenant          ${tenant}\n\n`;
}

try {
  await bootstrap();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
