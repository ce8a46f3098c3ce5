import { Logger } from '@nestjs/common';
import { Auth0Error, Auth0RefusedError, AuthorizationDeniedError, type Auth0ValidationError } from '../errors/index.js';
import type { Clock } from '../ports/clock.js';
import type { Operator } from '../ports/operator.js';
import { OnceAMinute } from '../shared/once-a-minute.js';

const LONGEST_WORDS = 300;

/** What the operator has to know of, and where to look. */
const LOOK_AT: Readonly<Record<string, string>> = {
  authorization_failed: "Look at the parameters of the request, and at Auth0's log, under Monitoring > Logs",
  auth0_misconfigured: 'See docs/tenant-setup.md',
  auth0_refused: "Look at Auth0's log for this application, under Monitoring > Logs",
  auth0_unavailable:
    'Look at the option "domain", with "http://" before a local tenant, and at DNS, proxies and timeoutMs',
  invalid_auth0_response: 'Look for a gateway in between, and for an Action that changes what is answered',
  provider_unavailable: "Look at the connection's keys in Auth0, and at the provider's status",
};

/** Of a domain without metadata: the name of a tenant that there is not, more likely than a gateway. */
const LOOK_AT_DOMAIN = 'Look at the option "domain", and for a gateway in between';

/** Refusals that are part of a flow, and say to a person what to do. */
const EXPECTED =
  /^(invalid_grant|authorization_pending|slow_down|expired_token|tokenset_not_found|federated_connection_\w*)$/;
/** My Account: a token that ended early, an account that is gone or connected already. */
const MY_ACCOUNT = new Set(['connect', 'complete', 'accounts', 'connections', 'delete-account']);
const EXPECTED_STATUS = [401, 404, 409];
/** What might be a token. */
const SECRETS = /[\w-]{32,}(\.[\w-]+)*/g;

/** How Auth0 says that there is no API of this name: as if somebody had pressed cancel. */
const NO_SUCH_API = /^service not found/i;
const LOOK_AT_AUDIENCE =
  'Look at authorizationParams.audience: it has to be the Identifier of an API, under Applications > APIs';

/** Tells whoever reads the log what is wrong with the set-up or the way to Auth0: once a minute for each code. */
export class OperatorWarnings implements Operator {
  private readonly logger = new Logger('Auth0Connect');
  private readonly saying: OnceAMinute;

  constructor(clock: Clock) {
    this.saying = new OnceAMinute(() => clock.now());
  }

  about(error: unknown, host?: string): void {
    if (error instanceof AuthorizationDeniedError) {
      const operation = error.details.connection === undefined ? 'login' : 'connect';
      this.warn(error, { operation, host, remedy: remedyOf(error) });
    } else if (error instanceof Auth0Error && !isExpected(error)) {
      const isMetadata = error.operation === 'discovery' && error.code === 'invalid_auth0_response';
      this.warn(error, { operation: error.operation, host, remedy: isMetadata ? LOOK_AT_DOMAIN : LOOK_AT[error.code] });
    }
  }

  private warn(
    error: Auth0Error | AuthorizationDeniedError,
    { operation, host, remedy }: { operation: string; host: string | undefined; remedy: string | undefined },
  ): void {
    if (remedy === undefined || !this.saying.isDue(error.code)) return;
    const where = host === undefined ? operation : `${operation} at ${host}`;
    this.logger.warn(`${error.code}: ${where}: ${error.message}. ${wordsOf(error)}${remedy}`);
  }
}

/** Of what Auth0 has sent a person back with, in place of a code. That somebody pressed cancel is no news. */
function remedyOf({ code, auth0Description = '' }: AuthorizationDeniedError): string | undefined {
  return NO_SUCH_API.test(auth0Description) ? LOOK_AT_AUDIENCE : LOOK_AT[code];
}

function isExpected(error: Auth0Error): boolean {
  if (!(error instanceof Auth0RefusedError)) return false;
  return MY_ACCOUNT.has(error.operation)
    ? EXPECTED_STATUS.includes(error.auth0Status)
    : EXPECTED.test(error.auth0Error);
}

/** Auth0's own, or what has kept us from it: in one line, and nothing in it that might be a token. */
function wordsOf(error: Auth0Error | AuthorizationDeniedError): string {
  const { auth0Error, auth0Description, cause } = error;
  const auth0Status = error instanceof Auth0Error ? error.auth0Status : undefined;
  const complaints = error instanceof Auth0RefusedError ? error.validationErrors.map(complaintOf) : [];
  const said = [auth0Status, auth0Error, auth0Description, ...complaints].filter(
    (word) => word !== undefined && word !== '',
  );
  const words = said.length > 0 ? said.join(' ') : cause instanceof Error ? cause.message : '';
  if (words === '') return '';
  const who = said.length > 0 ? 'Auth0 says' : 'The cause';
  // oxlint-disable-next-line no-control-regex -- a line break would make a line of somebody else's
  const line = words.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').replace(SECRETS, '...');
  return `${who}: ${line.slice(0, LONGEST_WORDS).replace(/[\s.:]+$/, '')}. `;
}

/** Which parameter it is, and what is wrong with it: the rest of the answer of the My Account API says neither. */
function complaintOf({ detail, field, pointer }: Auth0ValidationError): string {
  return `(${pointer ?? field ?? 'request'}: ${detail})`;
}
