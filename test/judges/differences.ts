import type { Explanation, Judge } from './question.ts';

/** A line that only one side has. */
export interface Difference {
  side: 'ours' | 'theirs';
  line: string;
  /** Absent when no reason is known. */
  because?: string;
}

/** What both sides answered. The judge was asked before and after us: a machine changes in between. */
export interface Answers {
  before: readonly string[];
  after: readonly string[];
  ours: readonly string[];
}

/** Returns the lines that one side has more often. What the judge had in only one of its answers may be missing in ours. */
export function findDifferences({ before, after, ours }: Answers, isNear?: Judge['isNear']): Difference[] {
  const [first, last, mine] = [countOf(before), countOf(after), countOf(ours)];
  const differences: Difference[] = [];
  for (const line of new Set([...before, ...ours])) {
    const count = mine(line);
    const least = Math.min(first(line), last(line));
    const most = Math.max(first(line), last(line));
    for (let i = most; i < count; i++) differences.push({ side: 'ours', line });
    for (let i = count; i < least; i++) differences.push({ side: 'theirs', line });
  }
  if (isNear === undefined) return differences;
  return differences.filter(({ side, line }) =>
    side === 'ours'
      ? ![...before, ...after].some((theirs) => isNear(line, theirs))
      : !ours.some((our) => isNear(our, line)),
  );
}

function countOf(lines: readonly string[]): (line: string) => number {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return (line) => counts.get(line) ?? 0;
}

/** Adds the reasons. A reason without a difference is itself a difference: it hides what may come. */
export function explain(
  differences: readonly Difference[],
  explanations: readonly Explanation[] = [],
): Difference[] {
  const explained = differences.map((difference) => {
    const known = explanations.find(({ lines }) => lines.test(`${difference.side} ${difference.line}`));
    return known ? { ...difference, because: known.because } : difference;
  });
  const unused = explanations.filter(
    ({ because, isPossible }) => !isPossible && !explained.some((one) => one.because === because),
  );
  return [
    ...explained,
    ...unused.map(
      ({ because }): Difference => ({
        side: 'theirs',
        line: `no difference that has the listed reason: ${because}`,
      }),
    ),
  ];
}

export function isUnexplained({ because }: Difference): boolean {
  return because === undefined;
}
