import { restoreWarnings } from './runtime-notice.js';
import OidcProvider, { errors, interactionPolicy } from 'oidc-provider';

restoreWarnings();

/** oidc-provider. Everything of it that this package uses comes through here. */
export const Provider = OidcProvider;
export { errors, interactionPolicy };
