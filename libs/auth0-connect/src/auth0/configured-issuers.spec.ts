import { describe, expect, it } from 'vitest';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { Auth0Http } from './auth0-http.js';
import { Auth0MyAccountApi } from './my-account.client.js';
import { OpenIdClient } from './openid.client.js';
import { OperatorWarnings } from './operator-warnings.js';
import { Patience } from './rate-limit.js';

const CONFIGURED = 'https://tenant.example';

/** What leaves the process. */
function network() {
  const sent: string[] = [];
  const http = new Auth0Http({ timeoutMs: 1000, telemetry: false }, async (url) => {
    sent.push(url);
    return new Response('{}', { status: 404 });
  });
  return { sent, http };
}

describe('a domain that is not configured', () => {
  it.each(['https://evil.example', 'https://tenant.example.evil.example', 'http://tenant.example', CONFIGURED + '/'])(
    'is sent neither a client credential nor a token: %s',
    async (issuerOrigin) => {
      const { sent, http } = network();
      const patience = new Patience(1000);
      const warnings = new OperatorWarnings({ now: () => 0 });
      const options = {
        issuerOrigins: [CONFIGURED],
        clientId: 'client',
        clientAuth: { method: 'client_secret_post', clientSecret: 'a client secret' },
      } as unknown as ResolvedOptions;
      const refused = { code: 'auth0_misconfigured' };
      const openid = new OpenIdClient(options, http, patience, warnings);
      await expect(openid.call(issuerOrigin, 'refresh', async () => undefined)).rejects.toMatchObject(refused);
      const myAccount = new Auth0MyAccountApi(http, patience, warnings, [CONFIGURED]);
      const access = { issuerOrigin, accessToken: 'a token' };
      await expect(myAccount.listAccounts(access, { connections: [] })).rejects.toMatchObject(refused);
      await expect(myAccount.deleteAccount(access, 'cac_1')).rejects.toMatchObject(refused);
      expect(sent).toEqual([]);
      // The configured one is.
      await expect(myAccount.deleteAccount({ ...access, issuerOrigin: CONFIGURED }, 'cac_1')).rejects.toMatchObject({
        code: 'account_not_found',
      });
      expect(sent).toEqual([`${CONFIGURED}/me/v1/connected-accounts/accounts/cac_1`]);
    },
  );
});
