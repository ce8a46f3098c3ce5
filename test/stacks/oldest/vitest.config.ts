import { stack } from '../stack.js';

/** What goes through everything that depends on the versions. */
export default stack(import.meta.dirname, [
  'test/e2e/{main-job,api-connected-token,backchannel-logout,guards-and-public}.spec.ts',
  'test/contracts/{stores,migrations}.spec.ts',
]);
