import { MigError } from '../../contract/errors.ts';
import { explainError } from './explain-error.ts';

const NO_ARGUMENTS = 'its settings are environment variables (docs/configuration.md)';

/**
 * Runs a service, whose settings are all in its environment. An error that its operator can fix is one sentence on
 * stderr and status 1; a defect of ours keeps its stack.
 */
export async function runProgram(name: string, run: () => Promise<void>): Promise<void> {
  const [argument] = process.argv.slice(2);
  try {
    if (argument !== undefined) {
      throw new MigError('usage', `takes no arguments, but got ${argument}: ${NO_ARGUMENTS}`);
    }
    await run();
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${name}: ${explainError(error) ?? stack}\n`);
    // What has started already would keep the process running.
    process.exit(argument === undefined ? 1 : 2);
  }
}
