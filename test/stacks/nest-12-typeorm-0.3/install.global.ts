import { installLocked } from '../../support/install.js';

export default function setup(): void {
  installLocked(import.meta.dirname);
}
