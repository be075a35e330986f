import type { ActionView } from '../../contract/api-responses.ts';
import type { BrakesView } from '../../contract/brakes.ts';
import { brakesLines, brakesStateLines, heldNote, loadBraked } from '../action/brakes.ts';
import { parseActionId } from '../action/parse-action-id.ts';
import { countModuleFailures, loadProblems, problemLines } from '../action/problems.ts';
import type { ApiClient } from '../api/api-client.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { type CliSession, openSession } from '../session.ts';
import { countersLine } from '../terminal/counters-line.ts';
import type { Output } from '../terminal/output.ts';

const LATEST = 20;

/** `mig status <id>`: prints the progress of an action; without an id, the latest actions. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = parseGlobalOptions(args, { allowed: ['json'] });
  if (rest.length === 0) return listActions(await openSession(options));
  const { id } = parseActionId(args, { command: 'status', allowed: ['json'] });
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
async function listActions({ api, output, options }: CliSession): Promise<number> {
  const actions = await latestActions(api);
  const shown = actions.slice(0, LATEST);
  if (options.json) output.json(JSON.stringify(shown));
  else if (shown.length === 0) output.note('no action has been launched yet');
  else for (const action of shown) output.answer(actionLine(action));
  if (actions.length > LATEST)
    output.note(`these are the latest ${LATEST} actions; mig status <id> shows older ones`);
  return EXIT.ok;
}

async function latestActions(api: ApiClient): Promise<ActionView[]> {
  const actions: ActionView[] = [];
  for await (const action of api.search('action', {}, { max: LATEST + 1 })) actions.push(action);
  return actions;
}

function actionLine(action: ActionView): string {
  const { id, status, paused, expireafter, investigators, name } = action;
  const signers = investigators.map((investigator) => investigator.name).join(', ');
  return `${id}  ${status}${paused ? ' (paused)' : ''}  until ${expireafter}  by ${signers}  ${name}`;
}
