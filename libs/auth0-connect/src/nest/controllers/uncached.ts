import type { Type } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';

/** Where `@CacheKey` of @nestjs/cache-manager says under what an answer is kept. A function may say: under nothing. */
const CACHE_KEY = 'cache_module:cache_key';

/** Keeps a global `CacheInterceptor` from our answers: they are about one person, or do something each time. */
export function keepFromCacheInterceptor(controller: Type): void {
  const prototype = controller.prototype as Record<string, () => unknown>;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    Reflect.defineMetadata(CACHE_KEY, () => undefined, prototype[name]!);
  }
}
