import type { ExecutionContext } from '@nestjs/common';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import type { RequestContext } from './request-context.js';
import type { FoundSession } from './request-subject.js';

/**
 * Goes on with the session of a request, if it has one. Where it cannot be read, the answer says when to try again.
 * @param tokenIds connection tokens that the handler will ask for, to be read in the same statement
 */
export function withSession<T>(
  known: RequestContext,
  context: ExecutionContext,
  tokenIds: readonly string[],
  goOn: (found: Awaited<FoundSession>) => MaybePromise<T>,
): MaybePromise<T> {
  const failed = (error: unknown): never => {
    known.instance.challenges.tellWhenToRetry(context, error);
    throw error;
  };
  let found: FoundSession;
  try {
    found = known.session(tokenIds);
  } catch (error) {
    return failed(error);
  }
  return andThen(found, goOn, failed);
}
