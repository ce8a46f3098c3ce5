export * from './account.errors.js';
export * from './auth0-connect.error.js';
export * from './auth0.errors.js';
export * from './callback.errors.js';
export * from './configuration.error.js';
export * from './login.errors.js';
export * from './request.errors.js';
