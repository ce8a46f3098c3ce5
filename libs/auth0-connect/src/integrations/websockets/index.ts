export type { GatewayClient, HandshakeRequest } from './socket-client.js';
export { SocketSessions } from './socket-sessions.js';
export { SocketSubject } from './socket-subject.decorator.js';
export { SocketGuard } from './socket.guard.js';
