/** What the tenant was given does not make sense. `problems` has every mistake, each beginning with the option's name. */
export class TenantConfigurationError extends Error {
  readonly code = 'invalid_configuration';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration of the local tenant is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'TenantConfigurationError';
  }
}
