import { describe } from 'vitest';
import { databases } from '../support/databases.js';
import { connectLinkStoreContract } from './connect-link-store.contract.js';
import { expiredRowsContract } from './expired-rows.contract.js';
import { replayStoreContract } from './replay-store.contract.js';
import { sealingContract } from './sealing.contract.js';
import { sessionReaderContract } from './session-reader.contract.js';
import { sessionStoreContract } from './session-store.contract.js';
import { storeFailuresContract } from './store-failures.contract.js';
import { tableWriterContract } from './table-writer.contract.js';
import { timesContract } from './times.contract.js';
import {
  apiAccessTokenStoreContract,
  connectionTokenStoreContract,
  tokenStoreContract,
} from './token-store.contract.js';
import { transactionStoreContract } from './transaction-store.contract.js';

/** What has to hold for the rows, whatever database they are in. Each contract has a database of its own. */
describe.each(databases)('on $name', ({ name, missing }) => {
  describe.skipIf(missing)('the session store', () => {
    sessionStoreContract(name);
  });
  describe.skipIf(missing)('the transaction store', () => {
    transactionStoreContract(name);
  });
  describe.skipIf(missing)('the store of connect links', () => {
    connectLinkStoreContract(name);
  });
  describe.skipIf(missing)('the store of connection tokens', () => {
    tokenStoreContract(name, 'connectionTokens');
    connectionTokenStoreContract(name);
  });
  describe.skipIf(missing)('the store of API access tokens', () => {
    tokenStoreContract(name, 'apiAccessTokens');
    apiAccessTokenStoreContract(name);
  });
  describe.skipIf(missing)('the store of token ids', () => {
    replayStoreContract(name);
  });
  describe.skipIf(missing)('the session reader', () => {
    sessionReaderContract(name);
  });
  describe.skipIf(missing)('expired rows', () => {
    expiredRowsContract(name);
  });
  describe.skipIf(missing)('times', () => {
    timesContract(name);
  });
  describe.skipIf(missing)('sealing', () => {
    sealingContract(name);
  });
  describe.skipIf(missing)('against whoever writes into the tables', () => {
    tableWriterContract(name);
  });
  describe.skipIf(missing)('a database that fails', () => {
    storeFailuresContract(name);
  });
});
