/** The sample app with a route for what its pages do not need: access tokens of the session for any API. */
import { ConnectCookies, LoginService, SessionService } from 'nestjs-auth0-connect';
import { createApp } from '../../dist/src/create-app.js';
import { readEnvironment } from '../../dist/src/environment.js';

const environment = readEnvironment(process.env);
const app = await createApp(environment);
const http = app.getHttpAdapter();

async function tokenFor(request) {
  const session = await app.get(SessionService).findSession(app.get(ConnectCookies).readSessionToken(request));
  if (!session) return { status: 401, body: { errorCode: 'login_required' } };
  try {
    const { audience, scope } = request.query;
    return { status: 200, body: await app.get(LoginService).getAccessToken(session, { audience, scope }) };
  } catch (error) {
    return { status: 500, body: { errorCode: error.code, message: error.message } };
  }
}

http.get('/tokens', async (request, response) => {
  const { status, body } = await tokenFor(request);
  await http.reply(response, body, status);
});

await app.listen(environment.port);
process.stdout.write(`The sample app is at ${environment.appBaseUrl}\n`);
