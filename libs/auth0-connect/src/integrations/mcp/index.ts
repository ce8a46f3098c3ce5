export { ConnectElicitationFilter } from './connect-elicitation.filter.js';
export { McpAccessTokenGuard } from './mcp-access-token.guard.js';
export { withConnect } from './with-connect.js';
