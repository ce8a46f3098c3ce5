/** The sample app with routes for what its pages do not need: connect links of the session's user, and their state. */
import { ConnectCookies, ConnectedAccountsService, SessionService } from 'nestjs-auth0-connect';
import { createApp } from '../../dist/src/create-app.js';
import { readEnvironment } from '../../dist/src/environment.js';

const environment = readEnvironment(process.env);
const app = await createApp(environment);
const http = app.getHttpAdapter();
const accounts = app.get(ConnectedAccountsService);

const forSession = (work) => async (request, response) => {
  const session = await app.get(SessionService).findSession(app.get(ConnectCookies).readSessionToken(request));
  const body = session ? await work(session, request.query).catch((error) => ({ errorCode: error.code })) : {};
  await http.reply(response, body, session ? 200 : 401);
};

http.get(
  '/links/new',
  forSession((session, { connection }) => accounts.createConnectLink(session, { connection })),
);
http.get(
  '/links/status',
  forSession((session, { id }) => accounts.connectLinkStatus(session, id)),
);

await app.listen(environment.port);
process.stdout.write(`The sample app is at ${environment.appBaseUrl}\n`);
