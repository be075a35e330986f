import { parseActionId } from '../action/parse-action-id.ts';
import { exitCodeOfUpgrade, loadUpgrade, printUpgrade } from '../action/upgrade.ts';
import { openSession } from '../session.ts';

/** `mig upgrade status <id>`: counts the agents at each step, and lists those that are not done. */
export async function upgradeStatusCommand(args: readonly string[]): Promise<number> {
  const { options, id } = parseActionId(args, { command: 'upgrade status', allowed: ['show', 'json'] });
  const session = await openSession(options);
  const upgrade = await loadUpgrade(session, id);
  if (options.json) session.output.json(JSON.stringify(upgrade));
  else printUpgrade(session.output, upgrade);
  return exitCodeOfUpgrade(upgrade);
}
