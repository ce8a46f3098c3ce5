export { describeAuth0Connect, type DescribedApplication, type DescribeOptions } from './describe.js';
