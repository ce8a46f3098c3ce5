import { setTimeout as delay } from 'node:timers/promises';

/** Waits. @throws the reason of the signal when it is aborted meanwhile */
export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const WAIT = Symbol('auth0-connect:wait');

export const systemWait: Wait = async (milliseconds, signal) => {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};
