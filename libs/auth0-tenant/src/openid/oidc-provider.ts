import { withoutRuntimeNotice } from './runtime-notice.js';

/**
 * oidc-provider, loaded without the one line it prints about Node 20, on which it runs nevertheless.
 * Everything of it that this package uses comes through here.
 */
const library = await withoutRuntimeNotice(async () => import('oidc-provider'));

export const Provider = library.default;
export const errors = library.errors;
export const interactionPolicy = library.interactionPolicy;
