export { instrumentAuth0Connect, type Auth0ConnectInstrumentationOptions } from './instrumentation.js';
