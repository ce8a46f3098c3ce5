import 'reflect-metadata';
import type { INestApplication, SecurityHeadersOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { isLocalTenant, type AppEnvironment } from './environment.js';

/** The app on the adapter that was asked for, not yet listening. */
export async function createApp(environment: AppEnvironment): Promise<INestApplication> {
  const app = await NestFactory.create(
    AppModule.forEnvironment(environment),
    environment.httpAdapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(),
    { abortOnError: false, forceCloseConnections: true, logger: ['fatal', 'error', 'warn'] },
  );
  app.useSecurityHeaders(securityHeaders(environment));
  app.enableCsrfProtection({ trustedOrigins: [environment.appBaseUrl] });
  return app;
}

function securityHeaders({ appBaseUrl, auth0 }: AppEnvironment): SecurityHeadersOptions {
  const tenant = isLocalTenant(auth0.domain) ? auth0.domain : `https://${auth0.domain}`;
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: "'none'",
        scriptSrc: "'self'",
        connectSrc: "'self'",
        styleSrc: "'self'",
        // The picture of a user is wherever their identity provider keeps it.
        imgSrc: ["'self'", 'data:', 'https:'],
        // Browsers hold the answer of a form to this as well, and logging out goes on to the tenant.
        formAction: ["'self'", tenant],
        frameAncestors: "'none'",
        baseUri: "'none'",
      },
    },
    // Not no-referrer: a form would then be sent with "Origin: null".
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: appBaseUrl.startsWith('https:') && { includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  };
}
