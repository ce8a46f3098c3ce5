import type { Provider } from '@nestjs/common';
import { Auth0Doctor } from './auth0-doctor.js';
import { LoginCheck } from './login-check.js';

/** What looks whether all is set up. */
export const doctorProviders: Provider[] = [Auth0Doctor, LoginCheck];
