import type { ExecutionContext } from '@nestjs/common';
import type { IAuthGuard } from '@nestjs/passport';
import passport from 'passport';

/**
 * Asks passport's strategy as `AuthGuard` does, and gives whom the guard makes of its answer. `AuthGuard` itself leaves that
 * on the request alone, where the guard of another field of a GraphQL operation may put somebody else at the same moment.
 * @throws what the guard throws
 */
export async function askPassport(guard: IAuthGuard, strategy: string, context: ExecutionContext): Promise<unknown> {
  const options = (await guard.getAuthenticateOptions(context)) ?? {};
  return new Promise((resolve, reject) => {
    const decide = (error: unknown, user: unknown, info: unknown, status: unknown): void => {
      try {
        resolve(guard.handleRequest(error, user, info, context, status));
      } catch (refusal) {
        reject(refusal);
      }
    };
    const authenticate = passport.authenticate(strategy, options, decide) as (...args: unknown[]) => void;
    authenticate(guard.getRequest(context), context.switchToHttp().getResponse(), reject);
  });
}
