import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';
import { printDashboard } from '../show/dashboard.ts';

/** `mig dashboard`: the numbers of the fleet, and the latest actions. */
export async function dashboardCommand(args: readonly string[]): Promise<number> {
  const { options } = parseCommandLine(args, { usage: USAGES.dashboard, allowed: ['json'], words: [0, 0] });
  await printDashboard(await openSession(options));
  return EXIT.ok;
}
