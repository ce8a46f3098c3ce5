import { createServer, type RequestListener, type Server } from 'node:http';

/** A server of a test at a port of its own. */
export interface Application {
  readonly url: string;
  handle(listener: RequestListener): void;
  stop(): Promise<void>;
}

/** Listens first, for its address has to be registered before anything can be configured with it. */
export async function startApplication(): Promise<Application> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://localhost:${address.port}`,
    handle: (listener) => server.on('request', listener),
    stop: async () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
