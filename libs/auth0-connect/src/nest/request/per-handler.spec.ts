import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { perHandler } from './per-handler.js';

const [First, Second] = [{ name: 'First' }, { name: 'Second' }];
const handler = (): void => undefined;

const contextOf = (controller: object): ExecutionContext =>
  ({ getClass: () => controller, getHandler: () => handler }) as unknown as ExecutionContext;

describe('what decorators say about a handler', () => {
  it('is looked up once', () => {
    let looked = 0;
    const of = perHandler(() => (looked += 1));
    const context = contextOf(First);
    expect([of(context), of(context)]).toEqual([1, 1]);
  });

  it('is another thing in each controller that inherits the handler', () => {
    const of = perHandler((_handler, controller) => (controller as { name: string }).name);
    const contexts = [First, Second, First].map(contextOf);
    expect(contexts.map(of)).toEqual(['First', 'Second', 'First']);
  });
});
