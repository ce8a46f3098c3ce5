import { inspect } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LoginRefusedError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import type { Happening, Question } from './happening.js';

type Listener = object;
type Method = (event: object) => unknown;

/**
 * Asks and tells the hooks of the application, and those who listen on a channel. One hook after the other, in their order,
 * and each is waited for.
 */
@Injectable()
export class Hooks {
  private readonly logger = new Logger('Auth0Connect');
  private listeners: readonly Listener[] = [];

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'instance'>) {}

  /** From now on these are asked and told, too. */
  add(listener: Listener): void {
    this.listeners = [...this.listeners, listener];
  }

  /** Before something happens. @throws what a hook throws: then it does not happen, and no other hook is asked */
  async ask<Event extends object>({ method }: Question<Event>, event: Event): Promise<void> {
    for (const listener of this.thoseWith(method)) {
      try {
        await call(listener, method, event);
      } catch (error) {
        // A refusal is an answer; anything else is a fault of the application, which nobody else logs.
        if (!(error instanceof LoginRefusedError)) this.failed(listener, method, error);
        throw error;
      }
    }
  }

  /** After it has happened: what a hook throws is logged and changes nothing. */
  async tell<Event extends object>({ method, channel }: Happening<Event>, event: Event): Promise<void> {
    if (channel.hasSubscribers) channel.publish({ ...event, instance: this.options.instance });
    for (const listener of this.thoseWith(method)) {
      try {
        await call(listener, method, event);
      } catch (error) {
        this.failed(listener, method, error);
      }
    }
  }

  private thoseWith(method: string): Listener[] {
    return this.listeners.filter((listener) => methodOf(listener, method) !== undefined);
  }

  private failed(listener: Listener, method: string, error: unknown): void {
    this.logger.error(`${listener.constructor.name}.${method} has failed: ${textOf(error)}`);
  }
}

/** Anything may be thrown, and not all of it becomes a text by itself. */
function textOf(error: unknown): string {
  if (error instanceof Error) return error.stack ?? error.message;
  return typeof error === 'string' ? error : inspect(error);
}

function call(listener: Listener, method: string, event: object): unknown {
  return methodOf(listener, method)?.call(listener, event);
}

function methodOf(listener: Listener, method: string): Method | undefined {
  const found = (listener as Record<string, unknown>)[method];
  return typeof found === 'function' ? (found as Method) : undefined;
}
