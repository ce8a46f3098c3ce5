/** @simulacrum/auth0-simulator, started as its own command line does, on the port in the environment. */
const { simulation } = require('@simulacrum/auth0-simulator');

const { CLIENT_ID, PORT } = process.env;
const options = { clientID: CLIENT_ID, scope: 'openid profile email offline_access' };
void simulation({ options }).listen(Number(PORT));
