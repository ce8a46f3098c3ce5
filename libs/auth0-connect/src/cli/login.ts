import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AuthorizationServer } from '../login/ports.js';
import { codeChallengeOf } from '../shared/pkce.js';
import { randomToken } from '../shared/random.js';

const DONE = 'Go back to the doctor; this page can be closed.\n';

/**
 * One login by a browser, whose callback comes to a server of its own.
 * @param tell says where to log in
 * @returns the refresh token, if there is one
 * @throws Error what has become of the login
 */
export async function logInOnce(
  authorizationServer: AuthorizationServer,
  request: { domain: string; redirectUri: string; parameters: Readonly<Record<string, string>> },
  tell: (url: string) => void,
): Promise<string | undefined> {
  const { domain, redirectUri } = request;
  const [state, nonce, codeVerifier] = [randomToken(), randomToken(), randomToken()];
  const { hostname, port, pathname } = new URL(redirectUri);
  const server = createServer().listen(Number(port || 80), hostname.replace(/^\[|\]$/g, ''));
  try {
    await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw new Error(
        `${new URL(redirectUri).origin} is in use. The callback comes to the doctor: stop the application, then start it again`,
      );
    });
    const url = await authorizationServer.authorizationUrl(domain, {
      ...request.parameters,
      response_type: 'code',
      redirect_uri: redirectUri,
      state,
      nonce,
      code_challenge: codeChallengeOf(codeVerifier),
      code_challenge_method: 'S256',
    });
    const callback = new Promise<URL>((resolve) => {
      server.on('request', ({ url: path = '/' }: IncomingMessage, response) => {
        const isCallback = new URL(path, redirectUri).pathname === pathname;
        response.writeHead(isCallback ? 200 : 404, {
          'content-type': 'text/plain; charset=utf-8',
          connection: 'close',
        });
        response.end(isCallback ? DONE : 'Not found\n');
        if (isCallback) resolve(new URL(path, redirectUri));
      });
    });
    tell(url);
    const { refreshToken } = await authorizationServer.exchangeCode({
      issuerOrigin: domain,
      callbackUrl: await callback,
      state,
      nonce,
      codeVerifier,
    });
    return refreshToken;
  } finally {
    server.close();
  }
}
