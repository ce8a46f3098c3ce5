import { createRequire } from 'node:module';
import { InMemoryStore } from '@langchain/langgraph';
import type { LocalTenant } from 'auth0-local-tenant';
import { tool as langchainTool } from '@langchain/core/tools';
import { tool as aiTool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { API, API_CLIENT, CALENDAR, domainOf, startTenant, WEB } from './support/tenant.js';

// Their ES modules import files without an extension, which Node does not find; their CommonJS files load.
const require = createRequire(import.meta.url);
const vercel = require('@auth0/ai-vercel') as typeof import('@auth0/ai-vercel');
const langchain = require('@auth0/ai-langchain') as typeof import('@auth0/ai-langchain');

describe('@auth0/ai', () => {
  let tenant: LocalTenant;
  let refreshToken: string;
  let accessToken: string;
  beforeAll(async () => {
    tenant = await startTenant();
    tenant.addClient({ ...WEB, redirectUris: ['http://localhost:3000/callback'] });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { scopes: ['openid', CALENDAR] });
    const login = await tenant.control.loginAs({ userId: 'auth0|alice', clientId: WEB.clientId, audience: API });
    refreshToken = login.refresh_token ?? '';
    accessToken = login.access_token;
  });
  afterAll(async () => tenant.stop());

  const auth0 = (client: { clientId: string; clientSecret: string } = WEB) => ({ domain: domainOf(tenant), ...client });

  describe('with the AI SDK', () => {
    it('gives a tool the token of a connected account, for a refresh token', async () => {
      const ai = new vercel.Auth0AI({ auth0: auth0() });
      const params = { connection: 'google-oauth2', scopes: [CALENDAR], refreshToken: async () => refreshToken };
      expect(await run(ai, params)).toMatch(/^google-oauth2_/);
    });

    it('gives it for an access token of the API, by the API’s client', async () => {
      const ai = new vercel.Auth0AI({ auth0: auth0(API_CLIENT) });
      const params = {
        connection: 'google-oauth2',
        scopes: [CALENDAR],
        accessToken: async () => accessToken,
        subjectTokenType: 'urn:ietf:params:oauth:token-type:access_token' as never,
      };
      expect(await run(ai, params)).toMatch(/^google-oauth2_/);
    });

    it('interrupts for an account or a scope that is missing', async () => {
      const ai = new vercel.Auth0AI({ auth0: auth0() });
      await expect(
        run(ai, { connection: 'github', scopes: ['repo'], refreshToken: async () => refreshToken }),
      ).rejects.toMatchObject({
        code: 'TOKEN_VAULT_ERROR',
        connection: 'github',
      });
      await expect(
        run(ai, { connection: 'google-oauth2', scopes: ['email'], refreshToken: async () => refreshToken }),
      ).rejects.toMatchObject({ requiredScopes: ['openid', CALENDAR, 'email'] });
    });
  });

  describe('with LangChain', () => {
    it('gives a tool the token of a connected account', async () => {
      const ai = new langchain.Auth0AI({ auth0: auth0() });
      const tool = ai.withTokenForConnection(
        { connection: 'google-oauth2', scopes: [CALENDAR], refreshToken: async () => refreshToken },
        langchainTool(() => langchain.getAccessTokenForConnection(), {
          name: 'which-token',
          description: 'Which token',
          schema: z.object({}),
        }) as never,
      ) as unknown as { invoke(input: object, config: object): Promise<string> };
      const config = { configurable: { thread_id: 'a thread', checkpoint_ns: '', tool_call_id: 'a call' } };
      expect(await tool.invoke({}, { ...config, store: new InMemoryStore() })).toMatch(/^google-oauth2_/);
    });
  });
});

/** Runs a tool of the AI SDK that says which token it was given. */
async function run(
  ai: InstanceType<typeof vercel.Auth0AI>,
  params: Parameters<typeof ai.withTokenVault>[0],
): Promise<unknown> {
  const inputSchema = z.object({});
  const execute = async () => vercel.getAccessTokenFromTokenVault();
  const tool = ai.withTokenVault(params, aiTool({ description: 'Which token', inputSchema, execute }) as never);
  vercel.setAIContext({ threadID: 'a thread' });
  return tool.execute?.({}, { toolCallId: 'a call', messages: [] });
}
