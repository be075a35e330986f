import { MigError } from '../../contract/errors.ts';
import { closestName } from '../../contract/text/closest.ts';
import { createFilter } from './filters.ts';
import type { Call, OpenMode, OpenOrder, Step } from './order.ts';
import { createFilteredOutput } from './output/filtered-output.ts';
import { splitName, splitPipeline } from './split-line.ts';

/** Reads a line as an order of the mode, and runs it. */
export async function runOrder(
  line: string,
  mode: OpenMode,
  context: Pick<Call, 'session' | 'history' | 'interrupts'>,
): Promise<Step | undefined> {
  const { name, rest } = splitName(line);
  const order = mode.orders.find((one) => one.name === name);
  if (order === undefined) throw unknownOrder(name, mode);
  const { words, filters } = readArguments(order, line, rest);
  const isFiltered = filters.length > 0;
  const passes = createFilter(filters);
  const { session } = context;
  const output = isFiltered ? createFilteredOutput(session.output, passes) : session.output;
  return order.run({ ...context, session: { ...session, output }, words, passes, isFiltered });
}

interface Arguments {
  words: readonly string[];
  filters: readonly (readonly string[])[];
}

function readArguments(order: OpenOrder, line: string, rest: string): Arguments {
  const [min, max] = order.words ?? [0, 0];
  const { words, filters } = order.takesText
    ? { words: rest === '' ? [] : [rest], filters: [] }
    : readWords(line);
  if (words.length >= min && words.length <= max) return { words, filters };
  const problem =
    words.length < min ? 'something is missing' : `unexpected word ${JSON.stringify(words[max])}`;
  throw new MigError('usage', `${problem}; usage: ${order.usage}`);
}

function readWords(line: string): Arguments {
  const [[, ...words] = [], ...filters] = splitPipeline(line);
  return { words, filters };
}

function unknownOrder(name: string, { name: mode, orders }: OpenMode): MigError {
  const meant = closestName(
    name,
    orders.map((order) => order.name),
  );
  const hint = meant === undefined ? 'help lists the orders' : `did you mean ${meant}?`;
  return new MigError('usage', `there is no order ${JSON.stringify(name)} in the mode ${mode}; ${hint}`);
}
