export { startTestAuth0, TestAuth0, type AppUnderTest } from './test-auth0.js';
export type { GivenAccount, TestCaller, TestCookie, TestPerson, TestUser } from './test-person.js';
export {
  withLogin,
  type BuilderUnderTest,
  type GivenToken,
  type LoginInTest,
  type OverrideUnderTest,
} from './with-login.js';
