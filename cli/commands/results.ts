import { printAction } from '../action/investigate.ts';
import { parseActionId } from '../action/parse-action-id.ts';
import { openSession } from '../session.ts';

/** `mig results <id>`: prints the results of an action at any time, filtered like the output of a launch. */
export async function resultsCommand(args: readonly string[]): Promise<number> {
  const { options, id } = parseActionId(args, { command: 'results', allowed: ['show', 'json'] });
  return printAction(await openSession(options), Number(id));
}
