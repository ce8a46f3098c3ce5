import type { PrivilegedWorkerAccess } from '../options.js';

/** The subject token types of the exchange. */
export const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** The subject token type of a privileged worker. */
export const JWT = 'urn:ietf:params:oauth:token-type:jwt';

/** For whom an exchange asks. */
export interface Subject {
  userId: string;
  organization?: string;
  /** The thumbprint of the key that the subject token is bound to. */
  thumbprint?: string;
  /** What bounds a privileged worker, who may ask for fewer scopes than the user granted. */
  worker?: PrivilegedWorkerAccess;
}
