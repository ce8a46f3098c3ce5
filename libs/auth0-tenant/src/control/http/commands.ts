import { shapeProblems } from '../../configuration/problems.js';
import type { TenantControl } from '../tenant-control.js';
import type { CommandTable } from './command.js';
import { directoryCommands } from './directory-commands.js';
import { scriptingCommands } from './scripting-commands.js';
import { userCommands } from './user-commands.js';

/** A call that cannot be carried out as it is. */
export class BadCommandError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'BadCommandError';
  }
}

/** The commands of the control API: those of `TenantControl` by the same names, with named parameters. */
export class Commands {
  readonly #table: CommandTable;

  constructor(control: TenantControl) {
    this.#table = { ...scriptingCommands(control), ...userCommands(control), ...directoryCommands(control) };
  }

  get names(): string[] {
    return Object.keys(this.#table);
  }

  /** Carries one out; gives what it answers. */
  async run(name: string, parameters: unknown): Promise<unknown> {
    const command = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
    if (!command) throw new BadCommandError(404, 'unknown_command', `There is: ${this.names.join(', ')}.`);
    const problems = shapeProblems(command.shape, parameters);
    if (problems.length > 0) throw new BadCommandError(400, 'invalid_parameters', problems.join('; '));
    return command.run(parameters as never);
  }
}
