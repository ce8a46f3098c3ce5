import type { Provider } from '@nestjs/common';
import { ExpiredRowsPurger } from './expired-rows.purger.js';
import { SealedDataService } from './sealed-data.service.js';

/** What keeps the tables in order. */
export const maintenanceProviders: Provider[] = [ExpiredRowsPurger, SealedDataService];
