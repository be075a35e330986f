import { exitCodeOfUpgrade, loadUpgrade, printUpgrade } from '../action/upgrade.ts';
import { openWithId } from './status.ts';

/** `mig upgrade status <id>`: where the agents stand; of those that are not done, each with its step. */
export async function upgradeStatusCommand(args: readonly string[]): Promise<number> {
  const { session, id } = await openWithId(args, 'upgrade status', ['show', 'json']);
  const upgrade = await loadUpgrade(session, id);
  if (session.options.json) session.output.json(JSON.stringify(upgrade));
  else printUpgrade(session.output, upgrade);
  return exitCodeOfUpgrade(upgrade);
}
