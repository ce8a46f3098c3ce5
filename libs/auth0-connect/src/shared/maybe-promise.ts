/** A value that is there, or will be: on the way of every request a promise that need not be is time lost. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with a value, at once where it is there. @param failed what is done where it does not come; it throws */
export function andThen<T, U>(
  value: MaybePromise<T>,
  work: (value: T) => MaybePromise<U>,
  failed?: (error: unknown) => never,
): MaybePromise<U> {
  return value instanceof Promise ? value.then(work, failed) : work(value);
}

/** Begins something: what it throws at once is told like what it throws later. */
export function begin<T>(work: () => MaybePromise<T>): MaybePromise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}
