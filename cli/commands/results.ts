import { printAction } from '../action/investigate.ts';
import { parseActionId } from '../action/parse-action-id.ts';
import { openSession } from '../session.ts';

/** `mig results <id>`: prints the results of an action at any time, filtered like the output of a launch. */
export async function resultsCommand(args: readonly string[]): Promise<number> {
  const { options, id } = parseActionId(args.map(spellGroup), {
    command: 'results',
    allowed: ['show', 'answer', 'json'],
  });
  return printAction(await openSession(options), Number(id));
}

/** `-group` is short for `-show grouped`. It is no option of every command, because module `file` has a flag of this name. */
function spellGroup(word: string): string {
  return /^--?group$/.test(word) ? '-show=grouped' : word;
}
