/**
 * The names that fragments may use without importing them, besides every class, function and constant of the library.
 * A text, so that these names are global in the documents and nowhere else.
 */
export const PRELUDE = `
import * as nest from '@nestjs/common';
import * as core from '@nestjs/core';
import * as nestTypeorm from '@nestjs/typeorm';
import type * as library from 'nestjs-auth0-connect';
import * as typeorm from 'typeorm';

declare global {
  export import Body = nest.Body;
  export import Catch = nest.Catch;
  export import Controller = nest.Controller;
  export import Delete = nest.Delete;
  export import Get = nest.Get;
  export import Inject = nest.Inject;
  export import Injectable = nest.Injectable;
  export import Logger = nest.Logger;
  export import Module = nest.Module;
  export import Param = nest.Param;
  export import Post = nest.Post;
  export import Query = nest.Query;
  export import Redirect = nest.Redirect;
  export import Req = nest.Req;
  export import Res = nest.Res;
  export import UseFilters = nest.UseFilters;
  export import UseGuards = nest.UseGuards;
  export import APP_FILTER = core.APP_FILTER;
  export import APP_GUARD = core.APP_GUARD;
  export import NestFactory = core.NestFactory;
  export import TypeOrmModule = nestTypeorm.TypeOrmModule;
  export import DataSource = typeorm.DataSource;

  type Auth0ConnectOptions = library.Auth0ConnectOptions;
  type ConnectedAccount = library.ConnectedAccount;
  type ConnectionToken = library.ConnectionToken;
  type UserClaims = library.UserClaims;

  const accounts: library.ConnectedAccountsService;
  const login: library.LoginService;
  const sessions: library.SessionService;
  const session: library.LoginSession;
  const user: library.UserClaims;
  const options: library.Auth0ConnectOptions;
  const app: nest.INestApplication;
  const dataSource: typeorm.DataSource;
  const database: { type: 'postgres'; url: string };
  const calendar: { upcoming(token: string): Promise<unknown> };
  const domain: string;
  const clientId: string;
  const clientSecret: string;
  const secret: string;

  // The class that members are put into.
  abstract class Members {
    protected readonly accounts: library.ConnectedAccountsService;
    protected readonly login: library.LoginService;
    protected readonly sessions: library.SessionService;
  }
}
`;
