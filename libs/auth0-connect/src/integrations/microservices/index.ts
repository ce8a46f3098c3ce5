export { Auth0ConnectRpcFilter } from './rpc.filter.js';
