import { SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';

const PUBLIC = 'auth0-connect:public';

/** Lets everybody in where `SessionGuard` stands in front: on a handler, or on a controller for all of its handlers. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** @internal */
export function isPublic(context: ExecutionContext): boolean {
  const onHandler = Reflect.getMetadata(PUBLIC, context.getHandler()) as boolean | undefined;
  return onHandler ?? (Reflect.getMetadata(PUBLIC, context.getClass()) as boolean | undefined) ?? false;
}
