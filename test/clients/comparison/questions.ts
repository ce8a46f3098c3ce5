import { generateKeyPair, exportJWK, SignJWT, decodeJwt } from 'jose';
import { Person } from '../../support/person.js';
import { code, exchange, login, metadata, parameters, token, type LocalAuth0 } from './local-auth0.js';

/** A question that a server answers by what it does: yes or no. */
type Question = (server: LocalAuth0) => Promise<boolean>;

const isRefused = ({ status }: { status: number }): boolean => status >= 400;

/** What the README's comparison asks, by its words there. */
export const QUESTIONS: Record<string, Question> = {
  'logs in by code, and refreshes': async (server) => {
    const { body } = await login(server);
    const refreshed = await token(server, refresh(body.refresh_token));
    return typeof body.id_token === 'string' && typeof refreshed.body.access_token === 'string';
  },
  'asks who logs in': async (server) => {
    const page = await new Person().open(await authorizationUrl(server), { until: server.callback });
    return page.status === 200;
  },
  'silent login by `web_message`': async (server) => {
    const person = new Person();
    await server.authorize(parameters(server), person);
    const page = await person.request(await authorizationUrl(server, { prompt: 'none', response_mode: 'web_message' }));
    return page.status === 200 && page.text.includes('postMessage') && /code["']?:/.test(page.text);
  },
  'the password grant': async (server) =>
    !isRefused(
      await token(server, {
        grant_type: 'password',
        username: 'default@example.com',
        password: '12345',
        scope: 'openid',
      }),
    ),
  'refuses a wrong `code_verifier`': async (server) =>
    isRefused(await exchange(server, await code(server), { code_verifier: 'x'.repeat(50) })),
  'refuses a code the second time': async (server) => {
    const given = await code(server);
    await exchange(server, given);
    return isRefused(await exchange(server, given));
  },
  'refuses a wrong client secret': async (server) =>
    isRefused(await exchange(server, await code(server), { client_secret: 'wrong' })),
  'refuses a callback URL that is not registered': async (server) =>
    (await code(server, { redirect_uri: 'http://localhost:3000/elsewhere' })) === '',
  'refuses a refresh token it never gave': async (server) => {
    const { body } = await login(server);
    const id = typeof body.id_token === 'string' ? decodeJwt(body.id_token).sub : undefined;
    const made = Buffer.from(JSON.stringify({ user: { id }, nonce: 'nonce' })).toString('base64url');
    return isRefused(await token(server, refresh(made)));
  },
  'MRRT: a refresh for another API': async (server) => {
    const { body } = await login(server);
    const other = await token(server, { ...refresh(body.refresh_token), audience: 'https://api.example.com' });
    return !isRefused(other) && audiences(other.body.access_token).includes('https://api.example.com');
  },
  organizations: async (server) => {
    const { body } = await login(server, { organization: 'org_one' });
    return typeof body.id_token === 'string' && decodeJwt(body.id_token).org_id === 'org_one';
  },
  'pushed authorization requests': async (server) =>
    typeof (await metadata(server)).pushed_authorization_request_endpoint === 'string',
  'DPoP-bound tokens': async (server) => {
    const { token_endpoint: endpoint } = await metadata(server);
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const proof = await new SignJWT({ htm: 'POST', htu: String(endpoint), jti: 'jti' })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    const { body } = await exchange(server, await code(server), {}, { dpop: proof });
    return body.token_type === 'DPoP';
  },
  'connected accounts (My Account API)': async (server) => {
    const response = await fetch(new URL('/me/v1/connected-accounts/accounts', server.issuer));
    await response.body?.cancel();
    return response.status === 401;
  },
  'Token Vault': async (server) => {
    const { body } = await login(server);
    const { body: answer } = await token(server, {
      grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token: String(body.refresh_token),
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'google-oauth2',
    });
    return answer.error === 'federated_connection_refresh_token_not_found';
  },
};

async function authorizationUrl(server: LocalAuth0, more: Record<string, string> = {}): Promise<string> {
  const { authorization_endpoint: endpoint } = await metadata(server);
  return `${String(endpoint)}?${new URLSearchParams(parameters(server, more)).toString()}`;
}

function refresh(refreshToken: unknown): Record<string, string> {
  return { grant_type: 'refresh_token', refresh_token: String(refreshToken) };
}

function audiences(accessToken: unknown): string[] {
  return typeof accessToken === 'string' ? [decodeJwt(accessToken).aud ?? []].flat() : [];
}
