import { Inject, Injectable } from '@nestjs/common';
import { Auth0RefusedError, InvalidRequestError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { newDpopKey } from '../session/dpop-keys.js';
import { resolveTarget, type LoginTarget } from './login-request.js';
import { CUSTOM_TOKEN_EXCHANGE, type CustomTokenExchange } from './ports.js';
import { SessionStarter, type StartedSession } from './session-starter.js';

/**
 * A token of somebody else's, to be exchanged for a login.
 * @see https://auth0.com/docs/authenticate/custom-token-exchange
 */
export interface ExchangeTokenOptions extends LoginTarget {
  /** The token. An Action of the tenant checks it and says whose it is. */
  subjectToken: string;
  /** The URI of the tenant's token exchange profile, such as `urn:acme:legacy-token`. */
  subjectTokenType: string;
  /** The token of who acts for the subject, RFC 8693 section 2.1. Goes with `actorTokenType`. */
  actorToken?: string;
  /** Its type, a URI. */
  actorTokenType?: string;
}

/** What belongs to others and never names a custom token. */
const RESERVED_TYPES = /^(urn:(ietf|auth0|okta):|https?:\/\/(auth0|okta)\.com(\/|$))/i;

/**
 * Login by a token from elsewhere, RFC 8693 with a type of the tenant's own.
 * @see https://auth0.com/docs/authenticate/custom-token-exchange
 */
@Injectable()
export class TokenExchangeLogins {
  constructor(
    @Inject(CUSTOM_TOKEN_EXCHANGE) private readonly auth0: CustomTokenExchange,
    @Inject(SessionStarter) private readonly starter: SessionStarter,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  async login(options: ExchangeTokenOptions): Promise<StartedSession> {
    const target = resolveTarget(options, this.options);
    const subjectToken = checkToken('subjectToken', options.subjectToken);
    const subjectTokenType = checkType('subjectTokenType', options.subjectTokenType);
    if (RESERVED_TYPES.test(subjectTokenType)) {
      throw new InvalidRequestError('subjectTokenType', 'must not be a reserved one: use a URI of your own');
    }
    const dpopKey = this.options.dpop ? await newDpopKey() : undefined;
    const response = await this.exchange({ ...target, subjectToken, subjectTokenType, ...actorOf(options), dpopKey });
    return this.starter.begin({ ...target, method: 'token_exchange' }, response);
  }

  /** What Auth0 refuses came from the caller. */
  private async exchange(
    request: Parameters<CustomTokenExchange['exchange']>[0],
  ): ReturnType<CustomTokenExchange['exchange']> {
    try {
      return await this.auth0.exchange(request);
    } catch (error) {
      if (!(error instanceof Auth0RefusedError)) throw error;
      const { auth0Status: status, auth0Error, auth0Description: description } = error;
      throw new Auth0RefusedError(
        'token-exchange',
        { status, error: auth0Error, description },
        { callerInput: true, cause: error },
      );
    }
  }
}

function actorOf(options: ExchangeTokenOptions): { actorToken?: string; actorTokenType?: string } {
  const { actorToken, actorTokenType } = options;
  if (actorToken === undefined && actorTokenType === undefined) return {};
  return {
    actorToken: checkToken('actorToken', actorToken),
    actorTokenType: checkType('actorTokenType', actorTokenType),
  };
}

function checkToken(name: string, token: unknown): string {
  if (typeof token === 'string' && token !== '') return token;
  throw new InvalidRequestError(name, 'must be a token');
}

function checkType(name: string, type: unknown): string {
  if (typeof type === 'string' && URL.canParse(type)) return type;
  throw new InvalidRequestError(name, 'must be a URI, such as "urn:acme:legacy-token"');
}
