import { z } from 'zod';
import { ACTION_TABLE } from '../records/action-table.ts';
import type { CliSession } from '../session.ts';
import { fieldLines } from '../terminal/field-lines.ts';
import { createRecordList } from '../terminal/record-list.ts';

/** MIG's name for the records that follow the numbers. */
const ACTION = 'action';
const ByVersion = z.array(z.object({ version: z.string(), count: z.number() })).nullable();

/** Prints the numbers of the fleet, and the latest actions. */
export async function printDashboard({ api, output, options }: CliSession): Promise<void> {
  const items = await api.list('dashboard');
  const numbers = items.filter(({ name }) => name !== ACTION);
  const actions = items.filter(({ name }) => name === ACTION).map(({ value }) => value);
  if (options.json) {
    const byName = Object.fromEntries(numbers.map(({ name, value }) => [name, value]));
    output.json(JSON.stringify({ ...byName, actions }));
    return;
  }
  output.answer('fleet', 'bold');
  const lines = fieldLines(numbers.map(({ name, value }) => [name, valueLines(value)]));
  for (const line of lines) output.answer(line);
  output.answer(actions.length === 0 ? 'latest actions: none' : 'latest actions', 'bold');
  const list = createRecordList({ output, format: 'table', table: ACTION_TABLE });
  for (const action of actions) await list.add(action);
  list.end();
}

/** A number, or the numbers by version. */
function valueLines(value: unknown): string | string[] {
  const versions = ByVersion.safeParse(value);
  if (!versions.success) return typeof value === 'number' ? String(value) : JSON.stringify(value);
  return versions.data?.map(({ version, count }) => `${count} of ${version}`) ?? 'none';
}
