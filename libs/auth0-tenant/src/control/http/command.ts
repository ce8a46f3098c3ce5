import { z } from 'zod';
import { REQUEST_KINDS } from '../../state/recorded-request.js';

/** One command of the control API: the parameters it takes, and what it does with them. */
export interface Command {
  shape: z.ZodType;
  run(parameters: never): unknown;
}

/** Commands by name. */
export type CommandTable = Record<string, Command>;

/** Ties the parameters a command takes to what it does with them. */
export function command<T>(shape: z.ZodType<T>, run: (parameters: T) => unknown): Command {
  return { shape, run };
}

/** Some text. */
export const text = z.string().min(1);
/** A kind of request. */
export const kind = z.enum(REQUEST_KINDS);
/** How many calls are meant. Default 1. */
export const times = z.int().min(1).optional();
/** Any JSON object. */
export const json = z.record(z.string(), z.unknown());
/** 0 or more. */
export const amount = z.number().min(0);
