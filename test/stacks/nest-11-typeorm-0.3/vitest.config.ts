import { stack } from '../stack.js';

export default stack(import.meta.dirname, ['test/{e2e,contracts}/**/*.spec.ts']);
