export { Auth0ConnectHealthIndicator, type HealthCheckTarget } from './health-indicator.js';
