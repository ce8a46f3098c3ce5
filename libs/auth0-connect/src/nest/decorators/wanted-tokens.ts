import { perHandler } from '../request/per-handler.js';

const WANTED = 'auth0-connect:connected-tokens';
const REQUIRED = 'auth0-connect:required-connections';

/** What a parameter asks for. */
export interface WantedToken {
  readonly connection: string;
  readonly loginHint: string | undefined;
  readonly scopes: readonly string[];
  /** Which token to read, a digest. */
  readonly tokenIds: readonly [string];
}

/** Notes at a handler what one of its parameters asks for. */
export function noteWanted(target: object, name: string | symbol | undefined, wanted: WantedToken): void {
  const handler = name && (Object.getOwnPropertyDescriptor(target, name)?.value as object | undefined);
  if (handler) Reflect.defineMetadata(WANTED, [...wantedAt(handler), wanted], handler);
}

/** What the parameters of a handler ask for. */
export function wantedAt(handler: object): readonly WantedToken[] {
  return (Reflect.getMetadata(WANTED, handler) as WantedToken[] | undefined) ?? [];
}

/** Notes at a handler or controller what has to be connected before it. */
export function noteRequired(place: object, wanted: WantedToken): void {
  Reflect.defineMetadata(REQUIRED, [...requiredAt(place), wanted], place);
}

function requiredAt(place: object): readonly WantedToken[] {
  return (Reflect.getMetadata(REQUIRED, place) as WantedToken[] | undefined) ?? [];
}

/** What has to be connected before a handler, the requirements of its controller first. */
export const requiredOf = perHandler((handler, controller): readonly WantedToken[] => [
  ...requiredAt(controller),
  ...requiredAt(handler),
]);

/** The connection tokens that a handler asks for, so that they are read in one statement. */
export const tokenIdsOf = perHandler((handler, controller): readonly string[] => [
  ...new Set(
    [...requiredAt(controller), ...requiredAt(handler), ...wantedAt(handler)].flatMap(({ tokenIds }) => tokenIds),
  ),
]);
