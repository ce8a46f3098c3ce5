import { Inject, type Type } from '@nestjs/common';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { WorkerAccountsService } from '../../accounts/worker-accounts.service.js';
import { Auth0Doctor } from '../../doctor/auth0-doctor.js';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import { LoginService } from '../../login/login.service.js';
import { RequestAuthenticator } from '../request/request-authenticator.js';
import { SessionService } from '../../session/session.service.js';

/** @internal */
export function instanceToken(service: Type, instance: string): string {
  return `auth0-connect:${instance}:${service.name}`;
}

/** @internal What a service of an instance is injected by. */
export function tokenOf(service: Type, instance: string): Type | string {
  return instance === DEFAULT_INSTANCE ? service : instanceToken(service, instance);
}

/** The `ConnectedAccountsService` of a named module instance. @param instance its `name`; default the unnamed one */
export const InjectConnectedAccounts = (instance = DEFAULT_INSTANCE): ParameterDecorator & PropertyDecorator =>
  Inject(tokenOf(ConnectedAccountsService, instance));

/** The `LoginService` of a named module instance. @param instance its `name`; default the unnamed one */
export const InjectLogins = (instance = DEFAULT_INSTANCE): ParameterDecorator & PropertyDecorator =>
  Inject(tokenOf(LoginService, instance));

/** The `SessionService` of a named module instance. @param instance its `name`; default the unnamed one */
export const InjectSessions = (instance = DEFAULT_INSTANCE): ParameterDecorator & PropertyDecorator =>
  Inject(tokenOf(SessionService, instance));

/** The `Auth0Doctor` of a named module instance. @param instance its `name`; default the unnamed one */
export const InjectDoctor = (instance = DEFAULT_INSTANCE): ParameterDecorator & PropertyDecorator =>
  Inject(tokenOf(Auth0Doctor, instance));

/** The `RequestAuthenticator` of a named module instance. @param instance its `name`; default the unnamed one */
export const InjectRequestAuthenticator = (instance = DEFAULT_INSTANCE): ParameterDecorator & PropertyDecorator =>
  Inject(tokenOf(RequestAuthenticator, instance));

/**
 * The `WorkerAccountsService`, which acts for any user by id. It comes by this decorator alone, so that no request
 * handler gets it by accident.
 *
 * @example
 * constructor(@InjectWorkerAccounts() private readonly accounts: WorkerAccountsService) {}
 */
export const InjectWorkerAccounts = (instance = DEFAULT_INSTANCE): ParameterDecorator & PropertyDecorator =>
  Inject(instanceToken(WorkerAccountsService, instance));
