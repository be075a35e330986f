import type { ActionView } from '../../contract/api-responses.ts';
import type { BrakesView } from '../../contract/brakes.ts';
import { MigError } from '../../contract/errors.ts';
import { brakesLines, brakesStateLines, heldNote, loadBraked } from '../action/brakes.ts';
import { requireActionId } from '../action/parse-action-id.ts';
import { countModuleFailures, loadProblems, problemLines } from '../action/problems.ts';
import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { type CliSession, openSession } from '../session.ts';
import { listRecords } from '../show/list-records.ts';
import { countersLine } from '../terminal/counters-line.ts';
import type { Output } from '../terminal/output.ts';
import { FORMAT_FLAGS, type OutputFormat, readFormat } from '../terminal/output-format.ts';

const LATEST = 20;

/** `mig status <id>`: prints the progress of an action; without an id, the latest actions. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES.status,
    flags: FORMAT_FLAGS,
    allowed: ['json'],
    words: [0, 1],
  });
  const format = readFormat(given);
  const { options, words } = given;
  if (words[0] === undefined) return listLatest(await openSession(options), format);
  const id = requireActionId(words[0], 'status');
  if (format !== 'table' && format !== 'json')
    throw new MigError(
      'usage',
      `--${format} is for lists: mig status with an id prints one action, for people or with --json`,
    );
  const { api, output } = await openSession(options);
  const { action, brakes } = await loadBraked(api, id);
  if (options.json) {
    output.json(JSON.stringify({ ...action, brakes }));
    return EXIT.ok;
  }
  const problems = await loadProblems(api, action);
  printStatus(output, action, action.failures ?? countModuleFailures(problems));
  const more = `mig results ${action.id} prints its answers`;
  if (brakes) printBrakes(output, id, brakes);
  for (const line of problemLines(problems, more)) output.answer(line);
  return EXIT.ok;
}

function printStatus(output: Output, action: ActionView, moduleFailures: number): void {
  const { id, status, paused, reason, investigators } = action;
  output.answer(`action ${id}: ${status}${paused ? ' (paused)' : ''}${reason ? ` (${reason})` : ''}`, 'bold');
  output.answer(`  name       ${action.name}`);
  output.answer(`  target     ${action.target}`);
  output.answer(`  valid      ${action.validfrom} to ${action.expireafter}`);
  output.answer(`  signed by  ${investigators.map(({ name }) => name).join(', ')}`);
  output.answer(`  commands   ${countersLine(action.counters, moduleFailures)}`);
  output.answer(`  answers    mig results ${id} prints them, and why others did not answer`);
}

function printBrakes(output: Output, id: number, brakes: BrakesView): void {
  for (const line of brakesLines(brakes.settings)) output.answer(`  brakes     ${line}`);
  for (const line of brakesStateLines(brakes)) output.answer(`  now        ${line}`);
  if (brakes.held) output.answer(`             ${heldNote(id)}`);
}

/** Helps an investigator who lost the id of an action with the terminal. */
function listLatest(session: CliSession, format: OutputFormat): Promise<number> {
  return listRecords(session, {
    plural: 'actions',
    where: { query: {}, limit: LATEST },
    format,
    nothing: 'no action has been launched yet',
    more: () => 'mig list actions has filters for others',
  });
}
