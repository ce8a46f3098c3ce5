import type { ExecutionContext } from '@nestjs/common';
import type { ConnectionToken } from '../../accounts/connected-account.js';
import type { ProviderFetch } from '../../accounts/provider-fetch.js';
import { requestContextOf } from '../request/request-context.js';
import { connectedToken, obtainToken, type WantedConnectionToken } from './connected-token.parameter.js';
import { handlerSubjectOf } from './subject-of.js';

/** What a `@ConnectedFetch` is for. */
export interface WantedFetch extends WantedConnectionToken {
  readonly as: 'details';
  readonly origins: ReadonlySet<string>;
}

/**
 * What `@ConnectedFetch` hands to a handler.
 * @throws as `@ConnectedToken`, by which the first token comes
 */
export async function connectedFetch(wanted: WantedFetch, context: ExecutionContext): Promise<ProviderFetch> {
  const first = (await connectedToken(wanted, context)) as ConnectionToken;
  const request = requestContextOf(context);
  const known = await handlerSubjectOf(request, context, wanted.tokenIds);
  return request.instance.fetches.create({
    first,
    origins: wanted.origins,
    obtain: (options) => obtainToken(request, known!.found.subject, wanted, options),
  });
}
