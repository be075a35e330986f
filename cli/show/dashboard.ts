import type { Answered } from '../../client/client.ts';
import { getDashboard } from '../../contract/api/service.ts';
import { MigError } from '../../contract/errors.ts';
import { ACTION_TABLE } from '../records/action-table.ts';
import type { CliSession } from '../session.ts';
import { fieldLines } from '../terminal/field-lines.ts';
import { createRecordList } from '../terminal/record-list.ts';

type Numbers = Omit<Answered<typeof getDashboard>, 'actions'>;

/** Prints the numbers of the fleet, and the latest actions. */
export async function printDashboard({ api, output, options }: CliSession): Promise<void> {
  const { actions, ...numbers } = await api.call(getDashboard, {});
  const named = Object.entries(numbers).map(([key, value]) => [nameOf(key), value] as const);
  if (options.json) {
    output.json(JSON.stringify({ ...Object.fromEntries(named), actions }));
    return;
  }
  output.answer('fleet', 'bold');
  const lines = fieldLines(named.map(([name, value]) => [name, valueLines(value)]));
  for (const line of lines) output.answer(line);
  output.answer(actions.length === 0 ? 'latest actions: none' : 'latest actions', 'bold');
  const list = createRecordList({ output, format: 'table', table: ACTION_TABLE });
  for (const action of actions) await list.add(action);
  list.end();
}

/** What the API calls a number. */
function nameOf(key: string): string {
  const found = Object.entries(getDashboard.answer.items).find(([known]) => known === key);
  if (found === undefined) throw new MigError('internal', `the dashboard has no number '${key}'`);
  return found[1].name;
}

/** A number, or the numbers by version. MIG's own API may lack one. */
function valueLines(value: Numbers[keyof Numbers]): string | string[] | undefined {
  if (typeof value === 'number') return String(value);
  if (value === null) return 'none';
  return value?.map(({ version, count }) => `${count} of ${version}`);
}
