import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { PUBLIC } from './route-rules.js';

/**
 * Opens a handler, or all handlers of a controller, for the guards of this library that stand further out: `@Public()` on a
 * handler for those of its controller and global ones, on a controller for global ones. A guard at the same place or nearer
 * to the handler still decides.
 *
 * @example
 * @Public() @Get('health')                                   // open under a global SessionGuard
 * @Public() @UseGuards(AccessTokenGuard) @Get('events')      // an access token in place of the session
 */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);
