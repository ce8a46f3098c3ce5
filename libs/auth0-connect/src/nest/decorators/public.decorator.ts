import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { perHandler } from '../request/per-handler.js';

const PUBLIC = 'auth0-connect:public';

/** Lets everybody in where `SessionGuard` stands in front: on a handler, or on a controller for all of its handlers. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** @internal */
export const isPublic = perHandler((handler, controller): boolean => {
  const onHandler = Reflect.getMetadata(PUBLIC, handler) as boolean | undefined;
  return onHandler ?? (Reflect.getMetadata(PUBLIC, controller) as boolean | undefined) ?? false;
});
