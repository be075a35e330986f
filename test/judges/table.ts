import { textTable } from '../setup/text-table.ts';
import type { Outcome } from './ask.ts';
import { isUnexplained } from './differences.ts';

const HEADER = ['module', 'judge', 'asked', 'agree', 'explained', 'unexplained', 'lines', 'not asked'];

/** One line for each module and judge, then the reasons, then each difference without one. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = groupBy(outcomes, ({ module, judge }) => `${module}\0${judge}`).map(toRow);
  return [textTable(HEADER, rows), '', ...reasonsOf(outcomes), ...unexplainedOf(outcomes)].join('\n');
}

export function hasUnexplained({ differences }: Outcome): boolean {
  return differences.some(isUnexplained);
}

function toRow(outcomes: readonly Outcome[]): (string | number)[] {
  const asked = outcomes.filter(({ notAsked }) => notAsked === undefined);
  const unexplained = asked.filter(hasUnexplained).length;
  const agree = asked.filter(({ differences }) => differences.length === 0).length;
  const [first] = outcomes;
  return [
    first?.module ?? '',
    first?.judge ?? '',
    asked.length,
    agree,
    asked.length - agree - unexplained,
    unexplained,
    asked.reduce((sum, { lines }) => sum + lines, 0),
    notAskedText(outcomes),
  ];
}

function notAskedText(outcomes: readonly Outcome[]): string {
  const absent = outcomes.filter(({ notAsked }) => notAsked !== undefined);
  return groupBy(absent, ({ notAsked }) => notAsked ?? '')
    .map((same) => `${same.length}: ${same[0]?.notAsked}`)
    .join('; ');
}

function reasonsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ module, judge, question, differences }) => {
    const explained = differences.filter((difference) => !isUnexplained(difference));
    return groupBy(explained, ({ because }) => because ?? '').map(
      (same) => `explained: ${module}, ${judge}, ${question}: ${same[0]?.because} (${same.length})`,
    );
  });
}

/** As JSON, because names of files and processes are anybody's. */
function unexplainedOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ module, judge, question, differences }) =>
    differences
      .filter(isUnexplained)
      .map(
        ({ side, line }) =>
          `UNEXPLAINED: ${module}, ${judge}, ${question}: only ${side}: ${JSON.stringify(line)}`,
      ),
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}
