import * as routes from '../../contract/api/actions.ts';
import type { ActionView } from '../../contract/api-responses.ts';
import { errorMessage } from '../../contract/errors.ts';
import { goJson } from '../../contract/go/json.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { prettyJson } from '../action/action-text.ts';
import { brakesLines, brakesStateLines } from '../action/brakes.ts';
import { countModuleFailures, loadProblems, problemLines } from '../action/problems.ts';
import type { CliSession } from '../session.ts';
import { countersLine } from '../terminal/counters-line.ts';
import { fieldLines } from '../terminal/field-lines.ts';
import { tableTime } from '../terminal/table-time.ts';

/** An action: what it asks whom, who signed it, and how far it is. */
export async function showAction({ api, output }: CliSession, action: ActionView): Promise<void> {
  const { id, status, paused, reason, investigators, operations } = action;
  const problems = await loadProblems(api, action);
  const { brakes } = await api.call(routes.getAction, { actionid: id });
  output.answer(`action ${id}: ${status}${paused ? ' (paused)' : ''}`, 'bold');
  const lines = fieldLines([
    ['name', action.name],
    ['reason', reason],
    ['target', action.target],
    ['valid', `${action.validfrom} to ${action.expireafter}`],
    ['started', timeIn(action, 'starttime')],
    ['updated', timeIn(action, 'lastupdatetime')],
    ['finished', timeIn(action, 'finishtime')],
    ['signed by', investigators.map(({ name, pgpfingerprint }) => `${name} (${pgpfingerprint})`)],
    ['description', pairsOf(action.description)],
    ['threat', pairsOf(action.threat)],
    ['commands', countersLine(action.counters, action.failures ?? countModuleFailures(problems))],
    ['brakes', brakes && brakesLines(brakes.settings)],
    ['brakes now', brakes && brakesStateLines(brakes)],
    ['answers', `mig results ${id} prints them`],
  ]);
  for (const line of lines) output.answer(line);
  for (const operation of operations) {
    output.answer(`operation ${operation.module}${operation.is_compressed ? ' (compressed)' : ''}`, 'bold');
    for (const line of parameterLines(operation)) output.answer(`  ${line}`);
  }
  for (const line of problemLines(problems, `mig results ${id} --json has the others`)) output.note(line);
}

function timeIn(action: ActionView, field: string): string | undefined {
  const time = action[field];
  return typeof time === 'string' && tableTime(time) !== '-' ? time : undefined;
}

/** `level: high, family: compliance`, of the fields that have a value. */
function pairsOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const pairs = Object.entries(value).filter(([, text]) => text !== '' && text !== 0 && text !== null);
  return pairs
    .map(([name, text]) => `${name}: ${typeof text === 'string' ? text : JSON.stringify(text)}`)
    .join(', ');
}

/** The parameters as the module sees them. Those that cannot be inflated are shown as they are. */
function parameterLines(operation: ActionView['operations'][number]): string[] {
  const { module, parameters } = operation;
  try {
    const inflated = inflateParameters({
      module,
      parameters,
      is_compressed: operation.is_compressed === true,
    });
    return prettyJson(goJson(inflated), 2).split('\n');
  } catch (error) {
    return [`${errorMessage(error)}:`, JSON.stringify(parameters)];
  }
}
