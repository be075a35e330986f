import { printAction } from '../action/investigate.ts';
import { openWithId } from './status.ts';

/** `mig results <id>`: what an action found, at any time, with the filters of the command that launched it. */
export async function resultsCommand(args: readonly string[]): Promise<number> {
  const { session, id } = await openWithId(args, 'results', ['show', 'json']);
  return printAction(session, Number(id));
}
