import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { perHandler } from './per-handler.js';

class First {
  handler(): void {}
}
class Second extends First {}

const contextOf = (controller: object, handler: object): ExecutionContext =>
  ({ getClass: () => controller, getHandler: () => handler }) as unknown as ExecutionContext;

describe('what decorators say about a handler', () => {
  it('is looked up once', () => {
    let looked = 0;
    const of = perHandler(() => (looked += 1));
    const context = contextOf(First, First.prototype.handler);
    expect([of(context), of(context)]).toEqual([1, 1]);
  });

  it('is another thing in each controller that inherits the handler', () => {
    const of = perHandler((_handler, controller) => (controller as { name: string }).name);
    const contexts = [First, Second, First].map((controller) => contextOf(controller, First.prototype.handler));
    expect(contexts.map(of)).toEqual(['First', 'Second', 'First']);
  });
});
