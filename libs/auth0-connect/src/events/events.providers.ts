import type { Provider } from '@nestjs/common';
import { Hooks } from './hooks.js';

/** What tells others of what happens. */
export const eventsProviders: Provider[] = [Hooks];
