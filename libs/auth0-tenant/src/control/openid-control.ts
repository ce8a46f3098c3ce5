import type { LoginAsRequest, LoginAsResult } from '../openid/login-as.js';
import type { SigningKey } from '../state/signing-keys.js';

/** What the tenant's OpenID side does for the control. */
export interface OpenIdControl {
  loginAs(request: LoginAsRequest): Promise<LoginAsResult>;
  rotateKeys(options?: { keepPrevious?: boolean }): Promise<SigningKey>;
  claimsChanged(): void;
  approveBackchannel(authReqId: string): Promise<void>;
  denyBackchannel(authReqId: string): Promise<void>;
}
